MATCH (:Customer {customer_id: $customer_id})-[r:PURCHASED]->(p:Product)
RETURN p.product_id AS product_id, p.name AS name, p.category AS category, p.brand AS brand, r.amount AS amount,
       r.quantity AS quantity, r.channel AS channel, datetime({epochMillis: r.ts}) AS purchased_at,
       r.transaction_id AS transaction_id
ORDER BY purchased_at DESC, transaction_id DESC
LIMIT $limit
