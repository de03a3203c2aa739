-- purpose: How concentrated value is inside each segment: lifetime value by quartile
-- parameters:
--   as_of  DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
-- columns:
--   segment             segment
--   quartile            1 for the most valuable quarter of the segment's customers, 4 for the least
--   customers           customers, those without a purchase included
--   min_lifetime_value  USD
--   avg_lifetime_value  USD
--   max_lifetime_value  USD
--   revenue             USD, completed plus refunded
--   segment_share       percent of the segment's revenue
WITH ordered AS
(
    SELECT segment, arrayReverseSort(groupArray(value)) AS worth, length(worth) AS members, arraySum(worth) AS total
    FROM rollup_customers
    GROUP BY segment
)
SELECT
    segment,
    part.1 AS quartile,
    length(part.2) AS customers,
    part.2[-1] AS min_lifetime_value,
    toDecimal128(round(divideDecimal(arraySum(part.2), toDecimal64(customers, 0), 4), 2), 2) AS avg_lifetime_value,
    part.2[1] AS max_lifetime_value,
    arraySum(part.2) AS revenue,
    if(total = 0, 0, round(100 * toFloat64(revenue) / toFloat64(total), 2)) AS segment_share
FROM
(
    SELECT
        segment,
        total,
        -- The first quarters have one customer more where it does not divide evenly.
        arrayJoin(arrayMap(
            quarter -> (
                quarter,
                arraySlice(
                    worth,
                    (quarter - 1) * intDiv(members, 4) + least(quarter - 1, members % 4) + 1,
                    intDiv(members, 4) + (quarter <= members % 4))),
            [1, 2, 3, 4])) AS part
    FROM ordered
)
WHERE customers > 0
ORDER BY segment, quartile
