-- purpose: How many customers register each month, by segment, and what they have been worth since
-- parameters:
--   as_of    DateTime64(3, 'UTC')  = @newest_event  registrations and events after this time do not count
--   months   UInt16                = 24             months shown, the one of as_of included
--   channel  String                = ''             only this acquisition channel; empty means all
-- columns:
--   month               first day of the month of registration
--   segment             segment
--   registrations       customers registered
--   buyers              of these, how many have a completed purchase
--   revenue             USD from them up to as_of, completed plus refunded
--   avg_lifetime_value  USD for each registered customer
--   best_channel        acquisition channel with the most revenue from them
WITH spend AS
(
    SELECT customer_id, sum(amount) AS value, countIf(status = 'completed') AS bought
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
),
by_channel AS
(
    SELECT
        -- toStartOfMonth gives a Date, which begins in 1970
        makeDate32(toYear(c.registration_date), toMonth(c.registration_date), 1) AS month,
        c.segment AS segment,
        c.acquisition_channel AS channel,
        count() AS registrations,
        countIf(s.bought > 0) AS buyers,
        sum(s.value) AS revenue
    FROM customers AS c
    LEFT JOIN spend AS s ON s.customer_id = c.customer_id
    WHERE c.registration_date <= toDate32({as_of:DateTime64(3, 'UTC')})
        AND dateDiff('month', c.registration_date, toDate32({as_of:DateTime64(3, 'UTC')})) < {months:UInt16}
        AND ({channel:String} = '' OR c.acquisition_channel = {channel:String})
    GROUP BY month, segment, channel
)
SELECT
    month,
    segment,
    sum(b.registrations) AS registrations,
    sum(b.buyers) AS buyers,
    sum(b.revenue) AS revenue,
    toDecimal128(round(divideDecimal(sum(b.revenue), toDecimal64(sum(b.registrations), 0), 4), 2), 2) AS avg_lifetime_value,
    -- the greatest revenue; on a tie the channel first in the alphabet
    argMin(b.channel, (-b.revenue, b.channel)) AS best_channel
FROM by_channel AS b
GROUP BY month, segment
ORDER BY month, segment
