// purpose: A customer's journey: views, carts and purchases in the order in which they happened
// parameters:
//   customer_id  Int  = @active_customer or 1  customer
//   limit        Int  = 200                    rows
// columns:
//   happened_at  time
//   step         purchase, or the kind of interaction
//   product_id   product
//   product      name of the product
//   category     category of the product
//   amount       USD, of purchases
MATCH (c:Customer {customer_id: $customer_id})-[e:PURCHASED|INTERACTED]->(p:Product)
RETURN e.ts AS happened_at,
       CASE type(e) WHEN 'PURCHASED' THEN 'purchase' ELSE e.type END AS step,
       p.product_id AS product_id,
       p.name AS product,
       p.category AS category,
       e.amount AS amount
ORDER BY happened_at, step, product_id
LIMIT $limit
