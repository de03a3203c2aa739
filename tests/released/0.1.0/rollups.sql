-- Rollups: what the reports would otherwise add up again and again, kept up by the engine itself as events arrive.
--
-- Streams are at-least-once, so nothing is ever added to: a month whose raw rows changed is computed again from its
-- deduplicated rows, and its new rows replace the old ones. Which rows a build has seen stands in the build itself: `mark`
-- is the newest block among the rows that were scanned, so none can be missed. A month's build is one block, hence one part:
-- whole or not there, whenever the process ends. The row of a month with key 0 holds the month's totals and its mark.
-- A part is merged with the one it replaces at once: rows of a month in one part are read without being merged.

-- What each customer bought in each month.
CREATE TABLE rollup_customer_months
(
    month UInt32,
    customer_id UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    bought UInt32,
    counted UInt32,
    units Int64,
    products Array(UInt32) CODEC(ZSTD(1)),
    earliest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    latest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    days UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 1, index_granularity = 256;

-- Sales of each product in each month, and the set of its buyers.
CREATE TABLE rollup_product_months
(
    month UInt32,
    product_id UInt32,
    bought UInt32,
    units Int64,
    refunds UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    buyers AggregateFunction(groupBitmap, UInt32),
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY product_id
SETTINGS min_age_to_force_merge_seconds = 1, index_granularity = 64;

-- What each segment bought in each month, by category and brand of the product, and who: sets of customers are exact however
-- often one is added. A customer's change of segment or a product's of category makes months anew as well, at a slower pace.
-- `known` is 0 for products there are none of (any more), 2 for the row of the whole month.
CREATE TABLE rollup_sales
(
    month UInt32,
    known UInt8,
    category LowCardinality(String),
    brand LowCardinality(String),
    segment LowCardinality(String),
    bought UInt64,
    refunds UInt64,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    buyers AggregateFunction(groupBitmap, UInt32),
    refunders AggregateFunction(groupBitmap, UInt32),
    mark UInt64,
    digest UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY (known, category, brand, segment)
SETTINGS min_age_to_force_merge_seconds = 1;

-- Who bought two products within seven days of each other, by the month of the later purchase: sets of customers again.
-- Most pairs are one customer's: `rare` keeps them apart. A pair may have become frequent since: only rows of a month's newest
-- build count. Row (0, 0, 0) has the mark, made of the month's newest block and that of the month before, where a pair may begin.
CREATE TABLE rollup_pair_months
(
    month UInt32,
    rare UInt8,
    product_a UInt32,
    product_b UInt32,
    customers UInt32,
    buyers AggregateFunction(groupBitmap, UInt32),
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY (rare, product_a, product_b)
SETTINGS min_age_to_force_merge_seconds = 10, index_granularity = 256;

CREATE VIEW rollup_pairs AS
SELECT month, rare, product_a, product_b, customers, buyers
FROM rollup_pair_months
WHERE product_a != 0
    AND built IN (SELECT max(b.built) FROM rollup_pair_months AS b WHERE rare = 0 AND product_a = 0 GROUP BY month)
SETTINGS final = 0;

-- How often each customer did what in each month.
CREATE TABLE rollup_activity
(
    month UInt32,
    customer_id UInt32,
    views UInt32,
    carts UInt32,
    wishlists UInt32,
    reviews UInt32,
    shares UInt32,
    others UInt32,
    latest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    days UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 1, index_granularity = 256;

-- Interactions of each kind in each month, and the sets of who and what took part.
CREATE TABLE rollup_interactions
(
    month UInt32,
    type LowCardinality(String),
    interactions UInt64,
    duration_seconds UInt64,
    customers AggregateFunction(groupBitmap, UInt32),
    products AggregateFunction(groupBitmap, UInt32),
    whole UInt8,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY (whole, type)
SETTINGS min_age_to_force_merge_seconds = 1;

-- Totals: the same over all months but the newest two, which alone change all the time. Each build has all of them; the row
-- with key 0 (known = 2) has the totals of the months, up to which, and what they were made from.
CREATE TABLE rollup_customer_totals
(
    customer_id UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    bought UInt32,
    counted UInt32,
    units Int64,
    products Array(UInt32) CODEC(ZSTD(1)),
    earliest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    latest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    first_month UInt32,
    upto UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 10, index_granularity = 1024;

CREATE TABLE rollup_product_totals
(
    product_id UInt32,
    bought UInt32,
    units Int64,
    refunds UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    buyers AggregateFunction(groupBitmap, UInt32),
    upto UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY product_id
SETTINGS min_age_to_force_merge_seconds = 10, index_granularity = 64;

CREATE TABLE rollup_sales_totals
(
    known UInt8,
    category LowCardinality(String),
    brand LowCardinality(String),
    segment LowCardinality(String),
    bought UInt64,
    refunds UInt64,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    buyers AggregateFunction(groupBitmap, UInt32),
    refunders AggregateFunction(groupBitmap, UInt32),
    upto UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY (known, category, brand, segment)
SETTINGS min_age_to_force_merge_seconds = 10;

-- What customers of each cohort (month of the first purchase) spent in each later month, and how many bought: over the months
-- of the totals (running = 0), and over the newest two. Row (0, 0) has what it was made from.
CREATE TABLE rollup_cohorts
(
    running UInt8,
    cohort UInt32,
    month UInt32,
    value Decimal(18, 2),
    counted UInt32,
    active UInt32,
    upto UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY (running, cohort, month);

-- Everyone there is, with what they bought in all: one row to read for each customer. Each build has all of them; the row
-- with key 0 has what was there to be seen, and a digest of the segments.
CREATE TABLE rollup_customer_snapshots
(
    customer_id UInt32,
    segment LowCardinality(String),
    registration_date Date32,
    acquisition_channel LowCardinality(String),
    value Decimal(18, 2),
    paid Decimal(18, 2),
    bought UInt32,
    counted UInt32,
    latest DateTime64(3, 'UTC'),
    mark UInt64,
    digest UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 10;

-- The newest build alone: customers who are gone are not in it, and no row needs to be compared with others.
CREATE VIEW rollup_customers AS
SELECT customer_id, segment, registration_date, acquisition_channel, value, paid, bought, counted, latest
FROM rollup_customer_snapshots
WHERE customer_id != 0 AND built = (SELECT max(built) FROM rollup_customer_snapshots WHERE customer_id = 0)
SETTINGS final = 0;

-- What is due: the months whose raw rows are not those that a rollup has seen.
--
-- While events arrive, a month of n rows waits for a time that grows with n between two builds, so that a rollup costs a
-- bounded share of a core at any rate; a month that is over, which history or late events come into, waits ten times as
-- long, so that a backlog is stored first. Once nothing has come into a month for some seconds, it is taken at once.

-- The newest block of each month of the raw tables, and when it came (or was last merged).
CREATE VIEW rollup_raw AS
SELECT
    table,
    toUInt32OrZero(partition) AS month,
    greatest(toUInt64(max(max_block_number)), toUInt64(max(data_version))) AS mark,
    sum(rows) AS stored,
    toDateTime64(min(modification_time), 3, 'UTC') AS since,
    argMax(modification_time, max_block_number) < now() - 5 AS quiet,
    if(month < toYYYYMM(now() - toIntervalDay(1)), 10, 1) AS patience
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('transactions', 'interactions')
GROUP BY table, partition;

-- What each rollup is to hold of each month, and for how many seconds a million rows wait between two builds.
CREATE VIEW rollup_months_wanted AS
SELECT month, mark, stored, since, quiet, kept.1 AS name, kept.2 * patience AS pace
FROM rollup_raw
ARRAY JOIN if(
    table = 'transactions',
    [('customer_months', 30), ('product_months', 15), ('sales', 40)],
    [('activity', 25), ('interactions', 10)]) AS kept
UNION ALL
-- A pair may begin in the month before.
SELECT
    r.month AS month,
    bitShiftLeft(r.mark, 32) + b.mark AS mark,
    r.stored + b.stored AS stored,
    r.since AS since,
    r.quiet AND (b.quiet OR b.mark = 0) AS quiet,
    'pairs' AS name,
    40 * r.patience AS pace
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

-- Totals are of all months but the newest two.
CREATE VIEW rollup_sealed AS
SELECT name, max(month) AS upto, toUInt64(max(toUnixTimestamp64Milli(built))) AS mark, sum(rows) AS stored
FROM
(
    SELECT
        m.name AS name,
        m.month AS month,
        m.built AS built,
        r.stored AS rows,
        row_number() OVER (PARTITION BY m.name ORDER BY m.month DESC) AS place
    FROM rollup_months_built AS m
    INNER JOIN (SELECT month, stored FROM rollup_raw WHERE table = 'transactions') AS r ON r.month = m.month
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
            (SELECT max(m.built) FROM rollup_customer_months AS m WHERE customer_id = 0),
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

CREATE MATERIALIZED VIEW refresh_rollup_customer_months REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_customer_months AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    customer_id,
    sumIf(amount, status IN ('completed', 'refunded')) AS value,
    sumIf(amount, status = 'completed') AS paid,
    toUInt32(countIf(status = 'completed')) AS bought,
    toUInt32(countIf(status IN ('completed', 'refunded'))) AS counted,
    sumIf(quantity, status = 'completed') AS units,
    groupUniqArrayIf(product_id, status = 'completed' AND customer_id != 0) AS products,
    minIf(ts, status = 'completed') AS earliest,
    maxIf(ts, status = 'completed') AS latest,
    groupBitOrIf(bitShiftLeft(toUInt32(1), toDayOfMonth(ts)), status = 'completed') AS days,
    if(customer_id = 0, max(greatest(
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_([0-9]+)')),
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_[0-9]+_[0-9]+_([0-9]+)$')))), 0) AS mark,
    now64(3) AS built
FROM transactions FINAL
WHERE toYYYYMM(ts) IN (SELECT month FROM rollup_turns WHERE name = 'customer_months')
GROUP BY GROUPING SETS ((month, customer_id), (month))
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

CREATE MATERIALIZED VIEW refresh_rollup_customer_totals REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_customer_totals AS
SELECT
    m.customer_id AS customer_id,
    sum(m.value) AS value,
    sum(m.paid) AS paid,
    toUInt32(sum(m.bought)) AS bought,
    toUInt32(sum(m.counted)) AS counted,
    sum(m.units) AS units,
    groupUniqArrayArray(m.products) AS products,
    minIf(m.earliest, m.bought > 0) AS earliest,
    max(m.latest) AS latest,
    minIf(m.month, m.bought > 0) AS first_month,
    if(customer_id = 0, max(m.month), 0) AS upto,
    if(customer_id = 0, toUInt64(max(toUnixTimestamp64Milli(m.built))), 0) AS mark,
    now64(3) AS built
FROM rollup_customer_months AS m FINAL
WHERE m.month <= ifNull((SELECT month FROM rollup_turns WHERE name = 'customer_totals'), 0)
GROUP BY m.customer_id
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

-- Both together: one row for each month of the newest, and one for all before.
CREATE VIEW rollup_customer_parts AS
SELECT customer_id, 0 AS month, value, paid, bought, counted, units, products, earliest, latest, first_month
FROM rollup_customer_totals
WHERE customer_id != 0 AND built = (SELECT max(built) FROM rollup_customer_totals WHERE customer_id = 0)
SETTINGS final = 0
UNION ALL
SELECT customer_id, month, value, paid, bought, counted, units, products, earliest, latest, if(bought > 0, month, 0) AS first_month
FROM rollup_customer_months FINAL
WHERE customer_id != 0 AND month > (SELECT argMax(upto, built) FROM rollup_customer_totals WHERE customer_id = 0);

CREATE MATERIALIZED VIEW refresh_rollup_customers REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_customer_snapshots AS
WITH ifNull((SELECT mark FROM rollup_turns WHERE name = 'customers'), 0) AS seen,
    (SELECT now64(3)) AS moment
SELECT
    c.customer_id AS customer_id,
    c.segment AS segment,
    c.registration_date AS registration_date,
    c.acquisition_channel AS acquisition_channel,
    v.value AS value,
    v.paid AS paid,
    toUInt32(v.bought) AS bought,
    toUInt32(v.counted) AS counted,
    v.latest AS latest,
    toUInt64(0) AS mark,
    toUInt64(0) AS digest,
    moment AS built
FROM (SELECT customer_id, segment, registration_date, acquisition_channel FROM customers FINAL WHERE seen != 0) AS c
LEFT JOIN
(
    SELECT
        p.customer_id AS customer_id,
        sum(p.value) AS value,
        sum(p.paid) AS paid,
        sum(p.bought) AS bought,
        sum(p.counted) AS counted,
        max(p.latest) AS latest
    FROM rollup_customer_parts AS p
    WHERE seen != 0
    GROUP BY p.customer_id
) AS v ON v.customer_id = c.customer_id
UNION ALL
SELECT 0, '', toDate32(0), '', 0, 0, 0, 0, toDateTime64(0, 3, 'UTC'), seen, groupBitXor(cityHash64(customer_id, segment)), moment
FROM customers FINAL
WHERE seen != 0
HAVING seen != 0
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

CREATE MATERIALIZED VIEW refresh_rollup_cohorts REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_cohorts AS
SELECT
    0 AS running,
    c.cohort AS cohort,
    c.event.1 AS month,
    sum(c.event.2) AS value,
    toUInt32(sum(c.event.3)) AS counted,
    toUInt32(sum(c.event.4)) AS active,
    if(cohort = 0, max(c.newest), 0) AS upto,
    if(cohort = 0, max(c.made), 0) AS mark,
    now64(3) AS built
FROM
(
    SELECT
        if(m.customer_id = 0, 0, minIf(m.month, m.bought > 0)) AS cohort,
        max(m.month) AS newest,
        toUInt64(max(toUnixTimestamp64Milli(m.built))) AS made,
        arrayJoin(if(
            cohort = 0,
            [(toUInt32(0), toDecimal64(0, 2), toUInt32(0), toUInt8(0))],
            groupArray((m.month, m.value, m.counted, m.bought > 0)))) AS event
    FROM rollup_customer_months AS m FINAL
    WHERE m.month <= ifNull((SELECT month FROM rollup_turns WHERE name = 'cohorts'), 0)
    GROUP BY m.customer_id
) AS c
WHERE c.event.1 = 0 OR c.event.1 >= c.cohort
GROUP BY cohort, month
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

-- The newest months: whoever is not in the totals as a buyer began in them.
CREATE MATERIALIZED VIEW refresh_rollup_cohorts_running REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_cohorts AS
WITH ifNull((SELECT mark FROM rollup_turns WHERE name = 'cohorts_running'), 0) AS seen,
    (SELECT now64(3)) AS moment
SELECT
    1 AS running,
    if(t.first_month = 0, m.cohort, t.first_month) AS cohort,
    m.event.1 AS month,
    sum(m.event.2) AS value,
    toUInt32(sum(m.event.3)) AS counted,
    toUInt32(sum(m.event.4)) AS active,
    0 AS upto,
    0 AS mark,
    moment AS built
FROM
(
    SELECT
        customer_id,
        minIf(p.month, p.bought > 0) AS cohort,
        arrayJoin(groupArray((p.month, p.value, p.counted, p.bought > 0))) AS event
    FROM rollup_customer_months AS p FINAL
    WHERE customer_id != 0 AND seen != 0
        AND p.month > (SELECT argMax(upto, built) FROM rollup_customer_totals WHERE customer_id = 0)
    GROUP BY customer_id
) AS m
LEFT JOIN (SELECT customer_id, first_month FROM rollup_customer_totals FINAL WHERE seen != 0) AS t
    ON t.customer_id = m.customer_id
WHERE cohort != 0 AND m.event.1 >= cohort
GROUP BY cohort, month
UNION ALL
SELECT 1, 0, 0, 0, 0, 0, 0, seen, moment WHERE seen != 0
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

-- What a month no longer has is written as nothing: a row that was only left out would stay as it was.
CREATE MATERIALIZED VIEW refresh_rollup_sales REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_sales AS
WITH (SELECT groupArray(month) FROM rollup_turns WHERE name = 'sales') AS due, (SELECT digest FROM rollup_maps) AS maps
SELECT
    s.month AS month,
    if(grouping(s.known) = 1, toUInt8(2), s.known) AS known,
    s.category AS category,
    s.brand AS brand,
    s.segment AS segment,
    countIf(s.status = 'completed') AS bought,
    countIf(s.status = 'refunded') AS refunds,
    sumIf(s.amount, s.status IN ('completed', 'refunded')) AS value,
    sumIf(s.amount, s.status = 'completed') AS paid,
    groupBitmapStateIf(s.customer_id, s.status = 'completed') AS buyers,
    groupBitmapStateIf(s.customer_id, s.status = 'refunded') AS refunders,
    if(known = 2, max(s.block), 0) AS mark,
    if(known = 2, maps, 0) AS digest,
    now64(3) AS built
FROM
(
    SELECT
        t.month AS month,
        t.customer_id AS customer_id,
        t.status AS status,
        t.amount AS amount,
        t.block AS block,
        p.known AS known,
        p.category AS category,
        p.brand AS brand,
        c.segment AS segment
    FROM
    (
        SELECT toUInt32(toYYYYMM(ts)) AS month, customer_id, product_id, status, amount, greatest(
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_([0-9]+)')),
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_[0-9]+_[0-9]+_([0-9]+)$'))) AS block
        FROM transactions FINAL
        WHERE has(due, toYYYYMM(ts))
    ) AS t
    LEFT JOIN (SELECT product_id, category, brand, toUInt8(1) AS known FROM products FINAL WHERE notEmpty(due)) AS p
        ON p.product_id = t.product_id
    LEFT JOIN (SELECT customer_id, segment FROM rollup_customers WHERE notEmpty(due)) AS c ON c.customer_id = t.customer_id
    UNION ALL
    SELECT month, toUInt32(0), '', 0, 0, known, category, brand, segment
    FROM rollup_sales
    WHERE has(due, month) AND known != 2
) AS s
GROUP BY GROUPING SETS ((s.month, s.known, s.category, s.brand, s.segment), (s.month))
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

CREATE MATERIALIZED VIEW refresh_rollup_sales_totals REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_sales_totals AS
SELECT
    s.known AS known,
    s.category AS category,
    s.brand AS brand,
    s.segment AS segment,
    sum(s.bought) AS bought,
    sum(s.refunds) AS refunds,
    sum(s.value) AS value,
    sum(s.paid) AS paid,
    groupBitmapMergeState(s.buyers) AS buyers,
    groupBitmapMergeState(s.refunders) AS refunders,
    if(known = 2, max(s.month), 0) AS upto,
    if(known = 2, toUInt64(max(toUnixTimestamp64Milli(s.built))), 0) AS mark,
    now64(3) AS built
FROM rollup_sales AS s FINAL
WHERE s.month <= ifNull((SELECT month FROM rollup_turns WHERE name = 'sales_totals'), 0)
GROUP BY s.known, s.category, s.brand, s.segment
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

CREATE VIEW rollup_sales_parts AS
SELECT known, category, brand, segment, bought, refunds, value, paid, buyers, refunders
FROM rollup_sales_totals
WHERE built = (SELECT max(built) FROM rollup_sales_totals WHERE known = 2)
SETTINGS final = 0
UNION ALL
SELECT known, category, brand, segment, bought, refunds, value, paid, buyers, refunders
FROM rollup_sales FINAL
WHERE month > (SELECT argMax(upto, built) FROM rollup_sales_totals WHERE known = 2);

CREATE MATERIALIZED VIEW refresh_rollup_product_months REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_product_months AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    product_id,
    toUInt32(countIf(status = 'completed')) AS bought,
    sumIf(quantity, status = 'completed') AS units,
    toUInt32(countIf(status = 'refunded')) AS refunds,
    sumIf(amount, status IN ('completed', 'refunded')) AS value,
    sumIf(amount, status = 'completed') AS paid,
    groupBitmapStateIf(customer_id, status = 'completed' AND product_id != 0) AS buyers,
    if(product_id = 0, max(greatest(
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_([0-9]+)')),
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_[0-9]+_[0-9]+_([0-9]+)$')))), 0) AS mark,
    now64(3) AS built
FROM transactions FINAL
WHERE toYYYYMM(ts) IN (SELECT month FROM rollup_turns WHERE name = 'product_months')
GROUP BY GROUPING SETS ((month, product_id), (month))
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

CREATE MATERIALIZED VIEW refresh_rollup_product_totals REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_product_totals AS
SELECT
    m.product_id AS product_id,
    toUInt32(sum(m.bought)) AS bought,
    sum(m.units) AS units,
    toUInt32(sum(m.refunds)) AS refunds,
    sum(m.value) AS value,
    sum(m.paid) AS paid,
    groupBitmapMergeState(m.buyers) AS buyers,
    if(product_id = 0, max(m.month), 0) AS upto,
    if(product_id = 0, toUInt64(max(toUnixTimestamp64Milli(m.built))), 0) AS mark,
    now64(3) AS built
FROM rollup_product_months AS m FINAL
WHERE m.month <= ifNull((SELECT month FROM rollup_turns WHERE name = 'product_totals'), 0)
GROUP BY m.product_id
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

CREATE VIEW rollup_product_parts AS
SELECT product_id, bought, units, refunds, value, paid, buyers
FROM rollup_product_totals
WHERE product_id != 0 AND built = (SELECT max(built) FROM rollup_product_totals WHERE product_id = 0)
SETTINGS final = 0
UNION ALL
SELECT product_id, bought, units, refunds, value, paid, buyers
FROM rollup_product_months FINAL
WHERE product_id != 0 AND month > (SELECT argMax(upto, built) FROM rollup_product_totals WHERE product_id = 0);

-- A purchase makes pairs with the customer's 50 before it at most: who buys by the thousand bounds nobody's memory. The mark
-- is that of the turn, which was before the rows were read.
CREATE MATERIALIZED VIEW refresh_rollup_pairs REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_pair_months AS
WITH
(SELECT groupArray((month, mark)) FROM rollup_turns WHERE name = 'pairs') AS due,
due.1 AS months,
(SELECT now64(3)) AS moment
SELECT
    pair.1 AS month,
    customers = 1 AS rare,
    pair.2 AS product_a,
    pair.3 AS product_b,
    toUInt32(groupBitmap(customer_id)) AS customers,
    groupBitmapState(customer_id) AS buyers,
    0 AS mark,
    moment AS built
FROM
(
    SELECT
        customer_id,
        arrayJoin(arrayDistinct(arrayFlatten(arrayMap(
            (later, place) -> arrayMap(
                earlier -> (toYYYYMM(later.1), least(later.3, earlier.3), greatest(later.3, earlier.3)),
                arrayFilter(
                    earlier -> earlier.3 != later.3 AND earlier.1 >= subtractDays(later.1, 7),
                    if(has(months, toYYYYMM(later.1)), arraySlice(purchases, place + 1, 50), []))),
            purchases,
            arrayEnumerate(purchases))))) AS pair
    FROM
    (
        SELECT customer_id, arrayReverseSort(groupArray((ts, transaction_id, product_id))) AS purchases
        FROM transactions FINAL
        WHERE toYYYYMM(ts) IN
            (
                SELECT arrayJoin([month, toYYYYMM(subtractMonths(makeDate(intDiv(month, 100), month % 100, 1), 1))])
                FROM rollup_turns
                WHERE name = 'pairs'
            )
            AND status = 'completed' AND (has(months, toYYYYMM(ts)) OR has(months, toYYYYMM(addDays(ts, 7))))
        GROUP BY customer_id
    )
)
GROUP BY month, product_a, product_b
UNION ALL
SELECT
    turn.1 AS month,
    0 AS rare,
    0 AS product_a,
    0 AS product_b,
    0 AS customers,
    (SELECT groupBitmapState(toUInt32(0)) WHERE 0) AS buyers,
    turn.2 AS mark,
    moment AS built
FROM (SELECT arrayJoin(due) AS turn)
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

CREATE MATERIALIZED VIEW refresh_rollup_activity REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_activity AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    customer_id,
    toUInt32(countIf(type = 'view')) AS views,
    toUInt32(countIf(type = 'cart')) AS carts,
    toUInt32(countIf(type = 'wishlist')) AS wishlists,
    toUInt32(countIf(type = 'review')) AS reviews,
    toUInt32(countIf(type = 'share')) AS shares,
    toUInt32(countIf(type NOT IN ('view', 'cart', 'wishlist', 'review', 'share'))) AS others,
    max(ts) AS latest,
    groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(ts))) AS days,
    if(customer_id = 0, max(greatest(
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_([0-9]+)')),
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_[0-9]+_[0-9]+_([0-9]+)$')))), 0) AS mark,
    now64(3) AS built
FROM interactions FINAL
WHERE toYYYYMM(ts) IN (SELECT month FROM rollup_turns WHERE name = 'activity')
GROUP BY GROUPING SETS ((month, customer_id), (month))
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

CREATE MATERIALIZED VIEW refresh_rollup_interactions REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_interactions AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    type,
    count() AS interactions,
    sum(duration_seconds) AS duration_seconds,
    groupBitmapState(customer_id) AS customers,
    groupBitmapState(product_id) AS products,
    toUInt8(grouping(type) = 1) AS whole,
    if(whole, max(greatest(
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_([0-9]+)')),
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_[0-9]+_[0-9]+_([0-9]+)$')))), 0) AS mark,
    now64(3) AS built
FROM interactions FINAL
WHERE toYYYYMM(ts) IN (SELECT month FROM rollup_turns WHERE name = 'interactions')
GROUP BY GROUPING SETS ((month, type), (month))
SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1;

