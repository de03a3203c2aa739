// Made by 'python -m queries.bundle' from queries/cypher: change those. Parameters have defaults.

// 1. customer_purchases: What a customer has bought, newest first
MATCH (c:Customer {customer_id: 1})-[r:PURCHASED]->(p:Product)
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
LIMIT 50;

// 2. purchase_network: The purchase network of a segment: who bought what, newest first
MATCH (c:Customer {segment: 'VIP'})-[r:PURCHASED]->(p:Product)
RETURN c.customer_id AS customer_id,
       c.name AS customer,
       p.product_id AS product_id,
       p.name AS product,
       p.category AS category,
       r.amount AS amount,
       r.ts AS purchased_at,
       r.transaction_id AS transaction_id
ORDER BY purchased_at DESC, transaction_id DESC
LIMIT 100;

// 3. catalog_exploration: The products of a category within a range of prices, with their brands, the cheapest first
MATCH (k:Category {name: 'Electronics'})<-[:BELONGS_TO]-(p:Product)-[:MANUFACTURED_BY]->(b:Brand)
WHERE p.price >= 0 AND p.price <= 500
RETURN p.product_id AS product_id,
       p.name AS name,
       b.name AS brand,
       p.price AS price,
       p.stock_quantity AS stock
ORDER BY price, product_id
LIMIT 2000;

// 4. collaborative_filtering: Customers like you also bought: products of those who share purchases with a customer, without what it has
MATCH (c:Customer {customer_id: 1})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(peer:Customer)-[:PURCHASED]->(other:Product)
WHERE peer <> c AND NOT (c)-[:PURCHASED]->(other) AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.price AS price,
       count(DISTINCT peer) AS peers
ORDER BY peers DESC, product_id
LIMIT 10;

// 5. product_affinity: Frequently bought together: what the buyers of a product bought besides
MATCH (p:Product {product_id: 1})<-[:PURCHASED]-(c:Customer)-[:PURCHASED]->(other:Product)
WHERE other <> p AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.brand AS brand,
       count(DISTINCT c) AS buyers
ORDER BY buyers DESC, product_id
LIMIT 10;

// 6. category_expansion: Customers who bought from a category also bought from these
MATCH (:Category {name: 'Electronics'})<-[:BELONGS_TO]-(:Product)<-[:PURCHASED]-(c:Customer)
WITH DISTINCT c
MATCH (c)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(other:Category)
WHERE other.name <> 'Electronics'
RETURN other.name AS category,
       count(DISTINCT c) AS customers
ORDER BY customers DESC, category
LIMIT 20;

// 7. high_value_patterns: How the customers of a segment buy: those with the most purchases, what they spend and how widely
MATCH (c:Customer {segment: 'VIP'})-[r:PURCHASED]->(p:Product)
RETURN c.customer_id AS customer_id,
       c.name AS name,
       count(r) AS purchases,
       count(DISTINCT p) AS products,
       sum(r.amount) AS spent,
       avg(r.amount) AS average
ORDER BY purchases DESC, spent DESC, customer_id
LIMIT 50;

// 8. brand_loyalty: Customers who keep coming back to one brand
MATCH (c:Customer)-[r:PURCHASED]->(:Product)-[:MANUFACTURED_BY]->(b:Brand)
WITH c, b, count(r) AS purchases, sum(r.amount) AS spent
WHERE purchases >= 3
RETURN c.customer_id AS customer_id,
       c.name AS name,
       b.name AS brand,
       purchases,
       spent
ORDER BY purchases DESC, spent DESC, customer_id, brand
LIMIT 50;

// 9. customer_journey: A customer's journey: views, carts and purchases in the order in which they happened
MATCH (c:Customer {customer_id: 1})-[e:PURCHASED|INTERACTED]->(p:Product)
RETURN e.ts AS happened_at,
       CASE type(e) WHEN 'PURCHASED' THEN 'purchase' ELSE e.type END AS step,
       p.product_id AS product_id,
       p.name AS product,
       p.category AS category,
       e.amount AS amount
ORDER BY happened_at, step, product_id
LIMIT 200;

// 10. category_absence: Valuable customers who have never bought from a category: whom to offer it
MATCH (c:Customer)
WHERE c.segment IN ['VIP', 'Premium']
  AND NOT (c)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(:Category {name: 'Electronics'})
RETURN c.customer_id AS customer_id,
       c.name AS name,
       c.segment AS segment,
       c.lifetime_value AS lifetime_value
ORDER BY lifetime_value DESC, customer_id
LIMIT 100;

// 11. category_gap: Customers who buy from one category but not from another
MATCH (c:Customer)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(:Category {name: 'Electronics'})
WHERE NOT (c)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(:Category {name: 'Books'}) AND c.name IS NOT NULL
WITH DISTINCT c
RETURN c.customer_id AS customer_id,
       c.name AS name,
       c.segment AS segment,
       c.lifetime_value AS lifetime_value
ORDER BY lifetime_value DESC, customer_id
LIMIT 100;

// 12. popular_by_segment: The products bought most often, by segment
MATCH (c:Customer)-[:PURCHASED]->(p:Product)
WHERE c.segment IS NOT NULL AND p.name IS NOT NULL
RETURN c.segment AS segment,
       p.product_id AS product_id,
       p.name AS name,
       count(*) AS purchases
ORDER BY purchases DESC, segment, product_id
LIMIT 50;

// 13. category_by_segment: Which categories each segment prefers
MATCH (c:Customer)-[r:PURCHASED]->(:Product)-[:BELONGS_TO]->(k:Category)
WHERE c.segment IS NOT NULL
RETURN c.segment AS segment,
       k.name AS category,
       count(r) AS purchases,
       sum(r.amount) AS spent
ORDER BY segment, spent DESC, category;

// 14. brand_by_segment: How each brand sells in each segment
MATCH (c:Customer)-[r:PURCHASED]->(:Product)-[:MANUFACTURED_BY]->(b:Brand)
WHERE c.segment IS NOT NULL
RETURN c.segment AS segment,
       b.name AS brand,
       count(r) AS purchases,
       sum(r.amount) AS spent
ORDER BY segment, spent DESC, brand;

// 15. two_step_recommendation: Deeper discovery: what those buy who share a purchase with a customer's peers, without what it has
MATCH (:Customer {customer_id: 1})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(peer:Customer)
WHERE peer.customer_id <> 1
WITH DISTINCT peer
MATCH (peer)-[:PURCHASED]->(bridge:Product)
WHERE NOT (:Customer {customer_id: 1})-[:PURCHASED]->(bridge)
WITH DISTINCT bridge
MATCH (bridge)<-[:PURCHASED]-(far:Customer)
WHERE far.customer_id <> 1
WITH DISTINCT far
MATCH (far)-[:PURCHASED]->(other:Product)
WHERE NOT (:Customer {customer_id: 1})-[:PURCHASED]->(other) AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.price AS price,
       count(DISTINCT far) AS customers
ORDER BY customers DESC, product_id
LIMIT 10;

// 16. complementary_products: What completes a product: bought by the same customers, from other categories
MATCH (p:Product {product_id: 1})<-[:PURCHASED]-(c:Customer)-[:PURCHASED]->(other:Product)
WHERE other <> p
  AND NOT (other)-[:BELONGS_TO]->(:Category)<-[:BELONGS_TO]-(:Product {product_id: 1})
  AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.brand AS brand,
       count(DISTINCT c) AS buyers
ORDER BY buyers DESC, product_id
LIMIT 10;

// 17. similar_customers: The customers most like one: those with the most products in common
MATCH (c:Customer {customer_id: 1})-[:PURCHASED]->(p:Product)<-[:PURCHASED]-(other:Customer)
WHERE other <> c AND other.name IS NOT NULL
RETURN other.customer_id AS customer_id,
       other.name AS name,
       other.segment AS segment,
       count(DISTINCT p) AS shared
ORDER BY shared DESC, customer_id
LIMIT 10;

// 18. segment_density: How dense the purchase network of each segment is
MATCH (c:Customer)-[r:PURCHASED]->(p:Product)
WHERE c.segment IS NOT NULL
WITH c.segment AS segment, count(DISTINCT c) AS customers, count(DISTINCT p) AS products, count(r) AS purchases
RETURN segment,
       customers,
       products,
       purchases,
       toFloat(purchases) / (customers * products) AS density
ORDER BY segment;

// 19. low_engagement: Valuable customers who buy little: whom to win back
MATCH (c:Customer)
WHERE c.segment IN ['VIP', 'Premium']
OPTIONAL MATCH (c)-[r:PURCHASED]->(:Product)
WITH c, count(r) AS purchases
WHERE purchases < 3
RETURN c.customer_id AS customer_id,
       c.name AS name,
       c.segment AS segment,
       c.lifetime_value AS lifetime_value,
       purchases
ORDER BY purchases, lifetime_value DESC, customer_id
LIMIT 100;

// 20. category_diversity: How widely customers buy: over how many categories
MATCH (c:Customer)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(k:Category)
WHERE c.name IS NOT NULL
RETURN c.customer_id AS customer_id,
       c.name AS name,
       c.segment AS segment,
       count(DISTINCT k) AS categories
ORDER BY categories DESC, customer_id
LIMIT 50;
