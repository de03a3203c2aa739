// purpose: What a customer has bought, newest first
// parameters:
//   customer_id  Int  = @active_customer or 1  customer
//   limit        Int  = 50                     rows
// columns:
//   product_id      product
//   name            its name
//   category        its category
//   brand           its brand
//   amount          USD, the whole line
//   quantity        units
//   channel         where it was bought
//   purchased_at    time of the purchase
//   transaction_id  transaction
MATCH (c:Customer {customer_id: $customer_id})-[r:PURCHASED]->(p:Product)
RETURN p.product_id AS product_id,
       p.name AS name,
       p.category AS category,
       p.brand AS brand,
       r.amount AS amount,
       r.quantity AS quantity,
       r.channel AS channel,
       r.ts AS purchased_at,
       r.transaction_id AS transaction_id
ORDER BY purchased_at DESC, transaction_id DESC
LIMIT $limit
