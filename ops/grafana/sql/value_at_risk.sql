-- Lifetime value of the customers whose score is high, by segment: what there is to win back.
SELECT segment, countIf(churn_band = 'high') AS customers, sumIf(lifetime_value, churn_band = 'high') AS lifetime_value
FROM customer_features
GROUP BY segment
ORDER BY lifetime_value DESC, segment
