-- purpose: How many customers each segment has and what it brings in (the Pareto view)
-- parameters:
--   as_of  DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
-- columns:
--   segment             customer segment
--   customers           customers of the segment, deleted ones left out
--   customer_share      percent of all customers
--   purchases           completed purchases
--   revenue             USD, completed plus refunded
--   revenue_share       percent of the revenue of all segments
--   avg_lifetime_value  USD a customer, customers without a purchase included
SELECT
    segment,
    count() AS customers,
    round(100 * count() / sum(count()) OVER (), 2) AS customer_share,
    sum(bought) AS purchases,
    sum(value) AS revenue,
    if(sum(sum(value)) OVER () = 0, 0, round(100 * toFloat64(sum(value)) / toFloat64(sum(sum(value)) OVER ()), 2)) AS revenue_share,
    toDecimal128(round(divideDecimal(sum(value), toDecimal64(count(), 0), 4), 2), 2) AS avg_lifetime_value
FROM rollup_customers
GROUP BY segment
ORDER BY revenue DESC, segment
