-- The latest events of a customer, with the products' names as they are now.
SELECT e.kind, e.id, e.ts, e.product_id, if(p.product_id = 0, NULL, p.name) AS product, e.what, e.through, e.amount, e.quantity
FROM
(
    SELECT kind, id, ts, product_id, what, through, amount, quantity
    FROM
    (
        SELECT
            'transaction' AS kind,
            transaction_id AS id,
            ts,
            product_id,
            toString(status) AS what,
            toString(channel) AS through,
            toNullable(amount) AS amount,
            toNullable(quantity) AS quantity
        FROM transactions
        WHERE customer_id = {customer_id:UInt32}
        UNION ALL
        SELECT 'interaction', interaction_id, ts, product_id, toString(type), toString(device), NULL, NULL
        FROM interactions
        WHERE customer_id = {customer_id:UInt32}
    )
    ORDER BY ts DESC, id DESC
    LIMIT {limit:UInt32}
) AS e
LEFT JOIN
(
    SELECT product_id, name
    FROM products
    WHERE product_id IN
    (
        SELECT product_id FROM transactions WHERE customer_id = {customer_id:UInt32}
        UNION ALL
        SELECT product_id FROM interactions WHERE customer_id = {customer_id:UInt32}
    )
    SETTINGS final = 1
) AS p ON p.product_id = e.product_id
ORDER BY e.ts DESC, e.id DESC
