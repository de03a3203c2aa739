-- Stored events that lack their edge from the product's side, and edges without their event: purchases are edges once they
-- are completed.
SELECT
    (
        SELECT bitmapXorCardinality(
            (SELECT groupBitmapState(toUInt64(transaction_id)) FROM transactions WHERE status = 'completed'),
            (SELECT groupBitmapState(toUInt64(transaction_id)) FROM purchased_by_product))
    ) + (
        SELECT bitmapXorCardinality(
            (SELECT groupBitmapState(toUInt64(interaction_id)) FROM interactions),
            (SELECT groupBitmapState(toUInt64(interaction_id)) FROM interacted_by_product))
    ) AS missing
