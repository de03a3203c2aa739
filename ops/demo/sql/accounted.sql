-- Events that can be queried, by the source number in their ids; purchases are the completed transactions.
SELECT source, sum(transactions) AS transactions, sum(interactions) AS interactions, sum(purchases) AS purchases
FROM
(
    SELECT
        bitShiftRight(transaction_id, 40) AS source,
        count() AS transactions,
        0 AS interactions,
        countIf(status = 'completed') AS purchases
    FROM transactions
    GROUP BY source
    UNION ALL
    SELECT bitShiftRight(interaction_id, 40) AS source, 0 AS transactions, count() AS interactions, 0 AS purchases
    FROM interactions
    GROUP BY source
)
GROUP BY source
