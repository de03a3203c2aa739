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
WITH by_channel AS
(
    SELECT
        -- toStartOfMonth gives a Date, which begins in 1970
        makeDate32(toYear(registration_date), toMonth(registration_date), 1) AS month,
        segment,
        acquisition_channel AS channel,
        count() AS registrations,
        countIf(bought > 0) AS buyers,
        sum(value) AS revenue
    FROM rollup_customers
    WHERE registration_date <= toDate32({as_of:DateTime64(3, 'UTC')})
        AND dateDiff('month', registration_date, toDate32({as_of:DateTime64(3, 'UTC')})) < {months:UInt16}
        AND ({channel:String} = '' OR acquisition_channel = {channel:String})
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
