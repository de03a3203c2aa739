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
        makeDate(intDiv(s.month, 100), s.month % 100, 1) AS first_day,
        s.bought AS purchases,
        bitmapCardinality(s.buyers) AS buyers,
        s.value AS revenue,
        s.refunds AS refunds,
        s.value - s.paid AS refunded_amount,
        s.paid AS paid
    FROM rollup_sales AS s
    WHERE s.known = 2 AND s.bought + s.refunds > 0
        AND s.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
        AND first_day > subtractMonths(toStartOfMonth({as_of:DateTime64(3, 'UTC')}), {months:UInt16})
)
SELECT
    first_day AS month,
    purchases,
    buyers,
    revenue,
    refunds,
    refunded_amount,
    toDecimal128(round(divideDecimal(paid, toDecimal64(greatest(purchases, 1), 0), 4), 2), 2) AS avg_order_value,
    if(before = 0 OR month_before != subtractMonths(month, 1), NULL, round(100 * (toFloat64(revenue) - toFloat64(before)) / toFloat64(before), 2)) AS revenue_growth
FROM
(
    SELECT *, lagInFrame(revenue) OVER months AS before, lagInFrame(first_day) OVER months AS month_before
    FROM monthly
    WINDOW months AS (ORDER BY first_day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
ORDER BY month
