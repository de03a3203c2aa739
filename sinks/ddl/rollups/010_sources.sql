-- Rollups: what the reports would otherwise add up again and again, kept up by the engine itself as events arrive.
--
-- Streams are at-least-once, so nothing is ever added to: a month whose raw rows changed is computed again from its
-- deduplicated rows, and its new rows replace the old ones. Which rows a build has seen stands in the build itself: `mark`
-- is the newest block among the rows that were scanned, so none can be missed. A build is one block, hence one part: whole
-- or not there, whenever the process ends. The row of a month with key 0 holds the month's totals and its mark.
-- A view rollup_*_due names the one month whose turn it is. A month of n rows waits for a time that grows with n between
-- two builds, so that rollups cost a bounded share of a core at any rate.

-- The newest block of each month of the raw tables.
CREATE VIEW rollup_raw AS
SELECT
    table,
    toUInt32OrZero(partition) AS month,
    greatest(toUInt64(max(max_block_number)), toUInt64(max(data_version))) AS mark,
    sum(rows) AS stored
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('transactions', 'interactions')
GROUP BY table, partition;

-- Who there is, and in which segment; made anew as a whole, in one step.
CREATE TABLE rollup_customers
(
    customer_id UInt32,
    segment LowCardinality(String),
    registration_date Date32,
    acquisition_channel LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY customer_id;

CREATE MATERIALIZED VIEW refresh_rollup_customers REFRESH AFTER 15 SECOND TO rollup_customers AS
SELECT customer_id, segment, registration_date, acquisition_channel
FROM customers FINAL
${one_block};

-- The maps from customers to segments and from products to categories and brands, as one number each.
CREATE VIEW rollup_segments_digest AS
SELECT groupBitXor(cityHash64(customer_id, segment)) AS digest FROM rollup_customers;

CREATE VIEW rollup_products_digest AS
SELECT groupBitXor(cityHash64(product_id, category, brand)) AS digest FROM products FINAL;
