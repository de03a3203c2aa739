// purpose: The purchase network of a segment: who bought what, newest first
// parameters:
//   segment  String  = @frequent_segment or 'VIP'  segment
//   limit    Int     = 100                         rows
// columns:
//   customer_id     customer
//   customer        name of the customer
//   product_id      product
//   product         name of the product
//   category        category of the product
//   amount          USD, the whole line
//   purchased_at    time of the purchase
//   transaction_id  transaction
MATCH (c:Customer {segment: $segment})-[r:PURCHASED]->(p:Product)
RETURN c.customer_id AS customer_id,
       c.name AS customer,
       p.product_id AS product_id,
       p.name AS product,
       p.category AS category,
       r.amount AS amount,
       r.ts AS purchased_at,
       r.transaction_id AS transaction_id
ORDER BY purchased_at DESC, transaction_id DESC
LIMIT $limit
