-- Of every dollar that was paid, how much was taken back.
SELECT if(sum(paid) = 0, 0, toFloat64(sum(paid) - sum(value)) / toFloat64(sum(paid))) AS refund_share
FROM rollup_sales
WHERE known = 2
