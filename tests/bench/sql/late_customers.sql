-- Whose events have these ids. A source's ids are dense, and no other source's lie between them.
SELECT DISTINCT customer_id FROM transactions
WHERE transaction_id BETWEEN {first_transaction: UInt64} AND {last_transaction: UInt64}
UNION DISTINCT
SELECT DISTINCT customer_id FROM interactions
WHERE interaction_id BETWEEN {first_interaction: UInt64} AND {last_interaction: UInt64}
