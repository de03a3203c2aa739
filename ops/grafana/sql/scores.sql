-- How many customers have which churn score, in twentieths.
SELECT toString(round(least(floor(churn_score * 20), 19) / 20, 2)) AS score_from, count() AS customers
FROM customer_features
GROUP BY score_from
ORDER BY toFloat64(score_from)
