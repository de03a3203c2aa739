-- purpose: Revenue, purchases and buyers of each month
-- parameters:
--   as_of   DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   months  UInt16                = 24             months shown, the one of as_of included
-- columns:
--   month            first day of the month (UTC)
--   purchases        completed purchases
--   buyers           distinct customers with a completed purchase; who is gone or unknown counts, as what they paid does
--   revenue          USD, completed plus refunded
--   refunds          refunds
--   refunded_amount  USD taken back, negative
--   avg_order_value  USD a completed purchase
--   revenue_growth   percent against the calendar month before, null where that has none
WITH monthly AS
(
    SELECT
        toStartOfMonth(ts) AS month,
        countIf(status = 'completed') AS purchases,
        uniqExactIf(customer_id, status = 'completed') AS buyers,
        sum(amount) AS revenue,
        countIf(status = 'refunded') AS refunds,
        sumIf(amount, status = 'refunded') AS refunded_amount,
        sumIf(amount, status = 'completed') AS paid
    FROM transactions
    WHERE status IN ('completed', 'refunded')
        AND ts <= {as_of:DateTime64(3, 'UTC')}
        AND toStartOfMonth(ts) > subtractMonths(toStartOfMonth({as_of:DateTime64(3, 'UTC')}), {months:UInt16})
    GROUP BY month
)
SELECT
    month,
    purchases,
    buyers,
    revenue,
    refunds,
    refunded_amount,
    toDecimal128(round(divideDecimal(paid, toDecimal64(greatest(purchases, 1), 0), 4), 2), 2) AS avg_order_value,
    if(before = 0 OR month_before != subtractMonths(month, 1), NULL, round(100 * (toFloat64(revenue) - toFloat64(before)) / toFloat64(before), 2)) AS revenue_growth
FROM
(
    SELECT *, lagInFrame(revenue) OVER months AS before, lagInFrame(month) OVER months AS month_before
    FROM monthly
    WINDOW months AS (ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
ORDER BY month
