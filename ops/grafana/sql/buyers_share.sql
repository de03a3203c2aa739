-- Share of the customers who have bought at least once.
SELECT if(count() = 0, 0, countIf(bought > 0) / count()) AS buyers_share
FROM rollup_customers
