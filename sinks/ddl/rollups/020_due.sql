-- What is due: the months whose raw rows are not those that a rollup has seen.
--
-- While events arrive, a month of n rows waits for a time that grows with n between two builds, so that a rollup costs a
-- bounded share of a core at any rate; a month that is over, which history or late events come into, waits ten times as
-- long, so that a backlog is stored first, and so does every month while ClickHouse is behind with what arrives. Once nothing
-- has come into a month for some seconds, it is taken at once; for more seconds the more rows it has, and for more after a
-- reader was behind or without Kafka: a moment's silence, of a network or a restart, is to begin no long build amid the
-- catching up after it.

-- Whether ClickHouse has fallen behind: the newest of what a partition's last block held was older when it was stored, by
-- more than five seconds, than in the best of ten minutes. A source that is always late is not behind, and of a backfill
-- one cannot tell.
CREATE VIEW rollup_ingest_late AS
SELECT max(waited) > 5 AS late
FROM
(
    SELECT argMaxIf(age, stored_at, stored_at > now64(3) - INTERVAL 15 SECOND) - min(age) AS waited
    FROM
    (
        SELECT
            topic,
            partition,
            stored_at,
            greatest(0, dateDiff('millisecond', max_ts, stored_at) / 1000) AS age
        FROM ingest_log
        WHERE stored_at > now64(3) - INTERVAL 10 MINUTE AND max_ts > stored_at - INTERVAL 1 HOUR
    )
    GROUP BY topic, partition
);

-- Whether a Kafka table has lost its broker a moment ago, or could not store what it had read: a silence is none of the source.
CREATE VIEW rollup_readers_failed AS
SELECT countIf(arrayExists(at -> at > now() - INTERVAL 15 SECOND, exceptions.time)) > 0 AS failed
FROM system.kafka_consumers
WHERE database = currentDatabase();

-- The newest block of each month of the raw tables, when it came (or was last merged), and how long a silence says something.
CREATE VIEW rollup_raw AS
WITH (SELECT late FROM rollup_ingest_late) AS is_late
SELECT
    table,
    toUInt32OrZero(partition) AS month,
    greatest(toUInt64(max(max_block_number)), toUInt64(max(data_version))) AS mark,
    sum(rows) AS stored,
    toDateTime64(min(modification_time), 3, 'UTC') AS since,
    dateDiff('second', argMax(modification_time, max_block_number), now()) AS idle,
    if(month < toYYYYMM(now() - toIntervalDay(1)) OR is_late, 10, 1) AS patience,
    if(is_late OR (SELECT failed FROM rollup_readers_failed), 30, 5) AS silence
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('transactions', 'interactions')
GROUP BY table, partition;

-- What each rollup is to hold of each month, and for how many seconds a million rows wait between two builds.
CREATE VIEW rollup_months_wanted AS
SELECT month, mark, stored, since, idle > silence + stored / 1e6 AS quiet, kept.1 AS name, kept.2 * patience AS pace
FROM rollup_raw
ARRAY JOIN if(
    table = 'transactions',
    [('customer_months', 30), ('product_months', 15), ('sales', 40)],
    [('activity', 25), ('interactions', 10)]) AS kept
UNION ALL
-- A pair may begin in the month before. What goes together is no question of minutes, and its builds cost the most.
SELECT
    r.month AS month,
    bitShiftLeft(r.mark, 32) + b.mark AS mark,
    r.stored + b.stored AS stored,
    r.since AS since,
    if(b.mark = 0, r.idle, least(r.idle, b.idle)) > r.silence + 3 * (r.stored + b.stored) / 1e6 AS quiet,
    'pairs' AS name,
    150 * r.patience AS pace
FROM (SELECT * FROM rollup_raw WHERE table = 'transactions') AS r
LEFT JOIN (SELECT * FROM rollup_raw WHERE table = 'transactions') AS b
    ON b.month = toYYYYMM(subtractMonths(makeDate(intDiv(r.month, 100), r.month % 100, 1), 1));

-- What each rollup holds of each month.
CREATE VIEW rollup_months_built AS
SELECT 'customer_months' AS name, b.month AS month, argMax(b.mark, b.built) AS mark, toUInt64(0) AS digest, max(b.built) AS built
FROM rollup_customer_months AS b
WHERE customer_id = 0
GROUP BY month
UNION ALL
SELECT 'product_months' AS name, b.month AS month, argMax(b.mark, b.built) AS mark, toUInt64(0) AS digest, max(b.built) AS built
FROM rollup_product_months AS b
WHERE product_id = 0
GROUP BY month
UNION ALL
SELECT 'sales' AS name, b.month AS month, argMax(b.mark, b.built) AS mark, argMax(b.digest, b.built) AS digest, max(b.built) AS built
FROM rollup_sales AS b
WHERE known = 2
GROUP BY month
UNION ALL
SELECT 'pairs' AS name, b.month AS month, argMax(b.mark, b.built) AS mark, toUInt64(0) AS digest, max(b.built) AS built
FROM rollup_pair_months AS b
WHERE rare = 0 AND product_a = 0
GROUP BY month
UNION ALL
SELECT 'activity' AS name, b.month AS month, argMax(b.mark, b.built) AS mark, toUInt64(0) AS digest, max(b.built) AS built
FROM rollup_activity AS b
WHERE customer_id = 0
GROUP BY month
UNION ALL
SELECT 'interactions' AS name, b.month AS month, argMax(b.mark, b.built) AS mark, toUInt64(0) AS digest, max(b.built) AS built
FROM rollup_interactions AS b
WHERE whole
GROUP BY month;

-- The maps from customers to segments and from products to categories and brands, as one number.
CREATE VIEW rollup_maps AS
SELECT bitXor(
    (SELECT argMax(s.digest, s.built) FROM rollup_customer_snapshots AS s WHERE customer_id = 0),
    (SELECT groupBitXor(cityHash64(product_id, category, brand)) FROM products FINAL)) AS digest;

-- A changed segment or category makes months of sales anew as well, at a slower pace; the first wait for the segments.
CREATE VIEW rollup_months_behind AS
SELECT
    w.name AS name,
    w.month AS month,
    w.stored AS stored,
    w.since AS since,
    w.mark AS wanted,
    b.built AS built,
    w.mark != b.mark AS late,
    (w.quiet AND w.mark != b.mark OR b.built + toIntervalMillisecond(w.stored * if(w.mark != b.mark, w.pace, 300) / 1000) <= now64(3))
        AND (w.name != 'sales' OR (SELECT count() FROM rollup_customer_snapshots WHERE customer_id = 0) > 0) AS due
FROM rollup_months_wanted AS w
LEFT JOIN rollup_months_built AS b ON b.name = w.name AND b.month = w.month
WHERE w.mark != b.mark OR w.name = 'sales' AND b.digest != (SELECT digest FROM rollup_maps);

-- Totals are of all months but the newest two. Their mark is of every month's build: months that are built together come to
-- be one after the other, and whoever reads in between has the newest time but not the newest rows. A month whose raw rows
-- are gone, until they are read again, is in the totals as well.
CREATE VIEW rollup_sealed AS
SELECT name, max(month) AS upto, groupBitXor(cityHash64(month, toUnixTimestamp64Milli(built))) AS mark, sum(rows) AS stored
FROM
(
    SELECT
        m.name AS name,
        m.month AS month,
        m.built AS built,
        r.stored AS rows,
        row_number() OVER (PARTITION BY m.name ORDER BY m.month DESC) AS place
    FROM rollup_months_built AS m
    LEFT JOIN (SELECT month, stored FROM rollup_raw WHERE table = 'transactions') AS r ON r.month = m.month
    WHERE m.name IN ('customer_months', 'product_months', 'sales')
)
WHERE place > 2
GROUP BY name;

-- What the totals hold. The cohorts of the newest months are made of those months and the customers' totals.
CREATE VIEW rollup_totals_built AS
SELECT 'customer_totals' AS name, 'customer_months' AS source, argMax(b.upto, b.built) AS upto, argMax(b.mark, b.built) AS mark, max(b.built) AS built
FROM rollup_customer_totals AS b
WHERE customer_id = 0
UNION ALL
SELECT 'product_totals' AS name, 'product_months' AS source, argMax(b.upto, b.built) AS upto, argMax(b.mark, b.built) AS mark, max(b.built) AS built
FROM rollup_product_totals AS b
WHERE product_id = 0
UNION ALL
SELECT 'sales_totals' AS name, 'sales' AS source, argMax(b.upto, b.built) AS upto, argMax(b.mark, b.built) AS mark, max(b.built) AS built
FROM rollup_sales_totals AS b
WHERE known = 2
UNION ALL
SELECT 'cohorts' AS name, 'customer_months' AS source, argMax(b.upto, b.built) AS upto, argMax(b.mark, b.built) AS mark, max(b.built) AS built
FROM rollup_cohorts AS b
WHERE NOT running AND cohort = 0;

-- Everything that is behind. What is made of months waits until none of these is late, or for its time.
CREATE VIEW rollup_behind AS
SELECT name, month, stored, since, wanted, built, late, due, '' AS waits_for FROM rollup_months_behind
UNION ALL
SELECT
    b.name AS name,
    s.upto AS month,
    0 AS stored,
    now64(3) AS since,
    0 AS wanted,
    b.built AS built,
    0 AS late,
    b.built + toIntervalMillisecond(s.stored * 20 / 1000) <= now64(3) AS due,
    s.name AS waits_for
FROM rollup_sealed AS s
INNER JOIN rollup_totals_built AS b ON b.source = s.name
WHERE s.upto != b.upto OR s.mark != b.mark
UNION ALL
-- What is built as a whole, from the customers, their months and their totals, whenever one of these is another.
SELECT
    b.name AS name,
    0 AS month,
    0 AS stored,
    now64(3) AS since,
    if(b.name = 'customers', w.with_customers, w.without) AS wanted,
    b.built AS built,
    0 AS late,
    b.built + toIntervalMillisecond(w.stored * 40 / 1000) <= now64(3) AS due,
    'customer_months' AS waits_for
FROM
(
    SELECT
        sum(rows) AS stored,
        cityHash64(
            (
                SELECT groupBitXor(cityHash64(m.month, toUnixTimestamp64Milli(m.built)))
                FROM rollup_months_built AS m
                WHERE m.name = 'customer_months'
            ),
            (SELECT max(t.built) FROM rollup_customer_totals AS t WHERE customer_id = 0)) AS without,
        cityHash64(greatest(toUInt64(max(max_block_number)), toUInt64(max(data_version))), without) AS with_customers
    FROM system.parts
    WHERE database = currentDatabase() AND active AND table = 'customers'
) AS w
CROSS JOIN
(
    SELECT 'customers' AS name, argMax(s.mark, s.built) AS mark, max(s.built) AS built
    FROM rollup_customer_snapshots AS s
    WHERE customer_id = 0
    UNION ALL
    SELECT 'cohorts_running' AS name, argMax(c.mark, c.built) AS mark, max(c.built) AS built
    FROM rollup_cohorts AS c
    WHERE running AND cohort = 0
) AS b
WHERE wanted != b.mark;

-- What was behind at the last look, for those who look often: asking all rollups is not cheap.
CREATE TABLE rollup_backlog
(
    name LowCardinality(String),
    month UInt32,
    stored UInt64,
    since DateTime64(3, 'UTC'),
    wanted UInt64,
    built DateTime64(3, 'UTC'),
    late UInt8,
    due UInt8,
    waits_for LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY name;

CREATE MATERIALIZED VIEW refresh_rollup_backlog REFRESH AFTER 6 SECOND TO rollup_backlog AS
SELECT name, month, stored, since, wanted, built, late, due, waits_for FROM rollup_behind;

-- What is to be built now: of each rollup the months whose turn it is, oldest build first, as many as make some four million
-- rows. The builds follow each look. One that is under way is left out: what it is to take in can only be said afterwards.
CREATE TABLE rollup_turns
(
    name LowCardinality(String),
    month UInt32,
    mark UInt64
)
ENGINE = MergeTree
ORDER BY name;

CREATE MATERIALIZED VIEW refresh_rollup_turns REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_backlog TO rollup_turns AS
SELECT name, month, mark
FROM
(
    SELECT
        name,
        month,
        wanted AS mark,
        row_number() OVER (PARTITION BY name ORDER BY built, month) AS place,
        sum(stored) OVER (PARTITION BY name ORDER BY built, month) AS taken
    FROM rollup_backlog
    WHERE due OR waits_for != '' AND waits_for NOT IN (SELECT name FROM rollup_backlog WHERE late)
)
WHERE (place = 1 OR taken <= 4000000)
    AND concat('refresh_rollup_', name) NOT IN
    (
        SELECT view FROM system.view_refreshes WHERE database = currentDatabase() AND status = 'Running'
    );

-- Which rollups have yet to take in what is stored, in how many months, and how old what they have is: now, and by the
-- last look.
CREATE VIEW rollups_behind AS
SELECT
    name,
    count() AS chunks_behind,
    max(dateDiff('millisecond', if(built = 0, since, built), now64(3)) / 1000) AS behind_seconds
FROM rollup_behind
GROUP BY name;

CREATE VIEW rollups_seen_behind AS
SELECT name, max(dateDiff('millisecond', if(built = 0, since, built), now64(3)) / 1000) AS behind_seconds
FROM rollup_backlog
GROUP BY name;
