-- The time of the newest event there is.
SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)
