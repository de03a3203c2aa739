// Queries whose answers are compared with brute force, one a line.
MATCH ()-[r:PURCHASED]->() RETURN count(*) AS n
MATCH ()-[r:INTERACTED]->() RETURN count(r) AS n
MATCH (n) RETURN count(*) AS n
MATCH ()-[r]->() RETURN count(*) AS n
MATCH (c:Customer) RETURN c.segment AS s, count(*) AS n ORDER BY n DESC, s
MATCH (c:Customer)-[:PURCHASED]->(p:Product) RETURN p.category AS category, count(*) AS n, sum(p.price) AS s ORDER BY category
MATCH (c:Customer)-[r:PURCHASED]->(p)-[:BELONGS_TO]->(k:Category) WHERE r.amount > 300.5 AND k.name IN ['Home','Books'] RETURN k.name AS k, count(DISTINCT c) AS buyers, sum(r.amount) AS total, avg(r.quantity) AS q, collect(DISTINCT p.name) AS names ORDER BY k
MATCH (a:Customer)-[:PURCHASED]->(p)<-[:PURCHASED]-(b:Customer) RETURN count(*) AS n
MATCH (a:Customer)-[:PURCHASED]->(p)<-[:PURCHASED]-(b:Customer) WHERE a <> b RETURN a.customer_id AS a, b.customer_id AS b, count(*) AS n, count(DISTINCT p) AS m ORDER BY n DESC, a, b LIMIT 7
MATCH (a:Customer)-[:PURCHASED]->(p)<-[:PURCHASED]-(b:Customer) RETURN DISTINCT a.customer_id AS a, b.customer_id AS b ORDER BY a,b
MATCH (a:Customer {customer_id:$customer_id})-[:PURCHASED]->(p)<-[:PURCHASED]-(b:Customer)-[:PURCHASED]->(q) RETURN q.product_id AS q, count(DISTINCT b) AS n ORDER BY q
MATCH (a:Customer {customer_id:$customer_id})-[:PURCHASED]->(p)<-[:PURCHASED]-(b:Customer)-[:PURCHASED]->(q) WHERE NOT (a)-[:PURCHASED]->(q) RETURN DISTINCT q.name AS q ORDER BY q
MATCH (c:Customer) WHERE NOT (c)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(:Category {name:'Home'}) RETURN c.name AS n ORDER BY n
MATCH (c:Customer) WHERE NOT (c)-[:PURCHASED]->() OR c.segment = 'VIP' RETURN c.name AS n, c.lifetime_value AS v ORDER BY v DESC, n SKIP 1 LIMIT 5
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WITH c, count(p) AS n WHERE n > 8 MATCH (c)-[:INTERACTED]->(q) WHERE q.price > 100 RETURN c.name AS name, n, count(DISTINCT q) AS q ORDER BY n DESC, name
MATCH (c:Customer)-[r:PURCHASED]->(p:Product) WITH p, sum(r.amount) AS total ORDER BY total DESC, p.product_id LIMIT 3 RETURN p.name AS name, total, p.category AS k ORDER BY total
MATCH (c:Customer)-[:PURCHASED|INTERACTED]->(p:Product {product_id:$product_id}) RETURN c.customer_id AS c, count(*) AS n ORDER BY c
MATCH (p:Product)--(c:Customer) RETURN p.product_id AS p, count(*) AS n ORDER BY p
MATCH (p:Product), (k:Category) WHERE p.category = k.name AND p.price > 200 RETURN p.name AS p, k.name AS k ORDER BY p
MATCH (c:Customer)-[r1:PURCHASED]->(p)<-[r2:INTERACTED]-(c) RETURN c.customer_id AS c, count(*) AS n, min(r1.ts) AS t, max(r2.duration_seconds) AS d ORDER BY c
MATCH (c:Customer)-[r:PURCHASED]->(p) WHERE c.segment IN ['VIP','Premium'] AND NOT p.category = 'Home' OR p.price < 100 RETURN c.segment AS s, p.category AS k, count(*) AS n, sum(r.amount)/count(*) > 300 AS big ORDER BY s,k
MATCH (c:Customer {segment:$seg}) RETURN c.name AS n ORDER BY n DESC LIMIT $limit
MATCH (c:Customer) WHERE c.customer_id IN $ids AND c.name <> 'Name 2' RETURN c.customer_id AS i ORDER BY i
MATCH (c:Customer) WHERE NOT c.customer_id IN [1,2,null] RETURN count(*) AS n
MATCH (c:Customer) WHERE c.name = 3 RETURN count(*) AS n
MATCH (c:Customer) RETURN count(c.name) AS n, min(c.name) AS a, max(c.customer_id)+1 AS b
MATCH (c:Customer {customer_id: 99999}) RETURN count(*) AS n, sum(c.customer_id) AS s, min(c.name) AS m, collect(c.name) AS l
MATCH (c:Customer)-[r:PURCHASED]->(p) WHERE r.ts > $t RETURN r.transaction_id AS t, p.name AS n ORDER BY t
MATCH (c:Customer)-[r:PURCHASED]->(p) RETURN r.transaction_id AS t, p.name AS n, c.name AS m ORDER BY m, t LIMIT 10
MATCH (c:Customer)-[:PURCHASED]->(p:Category) RETURN count(*) AS n
MATCH (c:Customer)-[:PURCHASED]->(p)<-[:PURCHASED]-(d:Customer)-[:PURCHASED]->(q)<-[:INTERACTED]-(c) WHERE c.customer_id < 4 RETURN count(*) AS n
MATCH (c:Customer) RETURN c.customer_id AS c ORDER BY c SKIP 2 LIMIT 3
MATCH (p:Product) RETURN p.name AS n, p.price / 2 AS half, p.stock_quantity / 2 AS whole, p.stock_quantity - 9 AS less ORDER BY n
MATCH (c:Customer)-[r:PURCHASED]->() WHERE c.name STARTS WITH 'Name 1' AND c.name =~ 'Name .*' RETURN c.name AS n, count(r) AS k ORDER BY n
