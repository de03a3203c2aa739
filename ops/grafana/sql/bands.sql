-- Customers of each segment by how likely they are to have left: low, medium or high.
SELECT
    segment,
    countIf(churn_band = 'low') AS low,
    countIf(churn_band = 'medium') AS medium,
    countIf(churn_band = 'high') AS high
FROM customer_features
GROUP BY segment
ORDER BY count() DESC, segment
