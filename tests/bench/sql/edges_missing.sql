-- Stored events that lack their edge from the product's side: purchases are edges once they are completed.
SELECT
    (SELECT groupBitmap(toUInt64(transaction_id)) FROM transactions WHERE status = 'completed')
    - (SELECT groupBitmap(toUInt64(transaction_id)) FROM purchased_by_product)
    + (SELECT groupBitmap(toUInt64(interaction_id)) FROM interactions)
    - (SELECT groupBitmap(toUInt64(interaction_id)) FROM interacted_by_product) AS missing
