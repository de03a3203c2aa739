-- Revenue of all time: what completed and refunded transactions come to.
SELECT sum(value) AS revenue
FROM rollup_sales
WHERE known = 2
