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
    sum(rows) AS stored,
    toDateTime64(min(modification_time), 3, 'UTC') AS since
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('transactions', 'interactions')
GROUP BY table, partition;
