-- Customers who have done nothing at all for some days, but bought at least once: the most valuable first. In all: over
-- everybody like that.
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    toString(c.segment) AS segment,
    t.value AS lifetime_value,
    intDiv(dateDiff('millisecond', greatest(t.latest, i.latest), {as_of:DateTime64(3, 'UTC')}), 86400000) AS days_away,
    count() OVER () AS buyers_in_all,
    sum(t.value) OVER () AS value_in_all
FROM customers AS c
INNER JOIN
(
    SELECT customer_id, sum(amount) AS value, countIf(status = 'completed') AS bought, max(ts) AS latest
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
    HAVING bought > 0
) AS t ON t.customer_id = c.customer_id
LEFT JOIN
(
    SELECT customer_id, max(ts) AS latest
    FROM interactions
    WHERE ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
) AS i ON i.customer_id = c.customer_id
WHERE greatest(t.latest, i.latest) <= subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32})
ORDER BY lifetime_value DESC, customer_id
LIMIT {limit:UInt32}
