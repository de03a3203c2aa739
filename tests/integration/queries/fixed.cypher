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
MATCH (c:Customer) RETURN c ORDER BY c.customer_id LIMIT 3
MATCH (c:Customer)-[r:PURCHASED]->(p) RETURN c, r, p ORDER BY r.transaction_id LIMIT 5
MATCH (n) RETURN n
MATCH (n) RETURN n.name AS name, labels(n) AS l ORDER BY name
MATCH (a)-[r]-(b) RETURN type(r) AS t, count(*) AS n ORDER BY t
MATCH (a)-[r]-(b) RETURN DISTINCT a, b
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p) RETURN c.customer_id AS c, count(r) AS n, count(DISTINCT p) AS m, collect(p.name) AS l ORDER BY c
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p:Product {category: 'Home'}) WHERE r.amount > 200 RETURN c.customer_id AS c, p, r
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p) WHERE p.price > c.lifetime_value RETURN c.customer_id AS c, p.name AS n
MATCH (c:Customer) WITH c, 300 AS most OPTIONAL MATCH (c)-[r:PURCHASED]->(p) WHERE r.amount < most RETURN c.customer_id AS c, r.amount AS a
OPTIONAL MATCH (c:Customer {customer_id: 99999}) RETURN c, c.name AS n, c IS NULL AS b
OPTIONAL MATCH (c:Customer {customer_id: 99999})-[r]->(p) RETURN count(*) AS n, count(c) AS m, collect(r) AS l
MATCH p = (c:Customer {customer_id: 2})-[:PURCHASED]->(x)-[:BELONGS_TO]->(k) RETURN p
MATCH p = (c:Customer {customer_id: 2})-[:PURCHASED]->(x)<-[:INTERACTED]-(d) RETURN length(p) AS l, nodes(p) AS n, relationships(p) AS r
MATCH (c:Customer {customer_id: 2})-[r*1..2]->(x) RETURN x, r, size(r) AS s
MATCH (c:Customer {customer_id: 2})-[r:PURCHASED*1..3]-(x) RETURN count(*) AS n, count(DISTINCT x) AS m
MATCH (c:Customer {customer_id: 2})-[:PURCHASED*0..2]-(x) RETURN DISTINCT x
MATCH (c:Customer)-[*]->(x:Category) RETURN c.customer_id AS c, x.name AS x, count(*) AS n
MATCH p = (c:Customer {customer_id: 3})-[:PURCHASED|BELONGS_TO*2..2]->(x) RETURN p, x.name AS n
UNWIND [1, 2, 3, null] AS x RETURN x, x + 1 AS y, x > 1 AS z
UNWIND [1, 'a', true, null, 2.5] AS x RETURN x
UNWIND range(1, 10, 3) AS x RETURN x
UNWIND range(5, 1, -2) AS x RETURN x
UNWIND [[1, 2], [], null, [3]] AS x RETURN x, size(x) AS n
UNWIND [[1, 2], [], null, [3]] AS x UNWIND x AS y RETURN y
MATCH (c:Customer)-[:PURCHASED]->(p) WITH c, collect(p) AS ps UNWIND ps AS q RETURN c.customer_id AS c, q.name AS n, q.price AS p
MATCH (c:Customer)-[:PURCHASED]->(p) WITH c, collect(p.price) AS ps RETURN c.customer_id AS c, [x IN ps WHERE x > 300 | x * 2] AS l, any(x IN ps WHERE x > 800) AS b, size(ps) AS n ORDER BY c
MATCH (c:Customer)-[:PURCHASED]->(p) WITH c, collect(p) AS ps RETURN c.customer_id AS c, [x IN ps WHERE x.price > 300 | x.name] AS l
MATCH (c:Customer) RETURN c.segment AS s, CASE c.segment WHEN 'VIP' THEN 1 WHEN 'Basic' THEN 2 ELSE 3 END AS k, CASE WHEN c.customer_id > 3 THEN 'big' END AS b
MATCH (c:Customer) WHERE EXISTS { (c)-[r:PURCHASED]->(p) WHERE r.amount > 600 AND p.category = 'Home' } RETURN c.customer_id AS c
MATCH (c:Customer) WHERE NOT EXISTS { MATCH (c)-[:PURCHASED]->(p)<-[:INTERACTED]-(c) } RETURN c.customer_id AS c
MATCH (c:Customer) RETURN c.customer_id AS c, (c)-[:PURCHASED]->() AS b, EXISTS { (c)-[:INTERACTED]->() } AS d
MATCH (c:Customer) WHERE c.customer_id < 4 RETURN c.customer_id AS x UNION MATCH (p:Product) WHERE p.product_id < 5 RETURN p.product_id AS x
MATCH (c:Customer) RETURN c.name AS x UNION ALL MATCH (p:Product) RETURN p.name AS x
MATCH (c:Customer) WHERE c.customer_id < 3 RETURN c AS x UNION MATCH (p:Product) WHERE p.product_id < 3 RETURN p AS x
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH r, p WHERE r.amount > 200 RETURN r.transaction_id AS t, r.amount AS a, p.name AS n, startNode(r) AS s
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH r ORDER BY r.amount DESC LIMIT 3 MATCH (x)-[r]->(y) RETURN x, y, r
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH c AS k, r AS e, p AS q RETURN k.name AS n, e.amount AS a, type(e) AS t, q.name AS m
MATCH (a)-[r:PURCHASED|INTERACTED]->(b) WITH r RETURN type(r) AS t, r.amount AS a, r.duration_seconds AS d, r.ts AS ts
MATCH (a)-[r:PURCHASED|INTERACTED]->(b) RETURN r
MATCH (n) WHERE n:Customer OR n:Brand RETURN n.name AS n, n:Customer AS b
MATCH (n) WITH n WHERE n.name STARTS WITH 'N' RETURN n
MATCH (n)-->(m) WITH n, count(m) AS c RETURN n, c
MATCH (n) OPTIONAL MATCH (n)-[:BELONGS_TO]->(k) RETURN n, k
MATCH (a:Customer), (b:Customer) WHERE a.customer_id < b.customer_id AND a.segment = b.segment RETURN a.customer_id AS a, b.customer_id AS b
MATCH (a:Customer)-[:PURCHASED]->(p) MATCH (b:Customer)-[:INTERACTED]->(p) WHERE a = b RETURN a.customer_id AS a, count(*) AS n
MATCH (a:Customer)-[:PURCHASED]->(p:Product) WHERE a <> p RETURN count(*) AS n
MATCH (p:Product) RETURN {name: p.name, price: p.price, two: [1, 2]} AS m
MATCH (p:Product) WITH {name: p.name, price: p.price} AS m RETURN m.name AS n, m.price AS p, m.nothing AS x
MATCH (p:Product) RETURN p.name AS n, properties(p) AS m, keys(p) AS k, elementId(p) AS e
MATCH (p:Product) RETURN collect({n: p.name, p: p.price}) AS l
MATCH (c:Customer) RETURN toUpper(c.name) AS u, substring(c.name, 2, 3) AS s, left(c.name, 2) AS l, right(c.name, 2) AS r, split(c.name, ' ') AS p, replace(c.name, 'N', 'M') AS q, size(c.name) AS n, reverse(c.name) AS v, toString(c.customer_id) AS t, trim('  x ') AS w
MATCH (c:Customer) RETURN c.registration_date.year AS y, c.registration_date.month AS m, c.registration_date.day AS d, c.registration_date.dayOfWeek AS w
MATCH ()-[r:PURCHASED]->() RETURN r.ts.year AS y, r.ts.hour AS h, date(r.ts) AS d, r.ts.minute AS m
MATCH (c:Customer) WHERE c.registration_date >= date('2025-01-01') RETURN c.customer_id AS c
MATCH (c:Customer)-[r:PURCHASED]->() WHERE r.ts >= datetime('2025-03-01T00:00:00Z') RETURN r.transaction_id AS t
RETURN [1, 2, 3][0] AS a, [1, 2, 3][-1] AS b, [1, 2, 3][5] AS c, [1, 2, 3, 4][1..3] AS d, [1, 2, 3][..2] AS e, [1, 2, 3][-2..] AS f, [] AS g, [null, 1] AS h
RETURN 1 IN [1, 2] AS a, 3 IN [1, null] AS b, null IN [] AS c, null IN [1] AS d, 1 IN [] AS e, [1] IN [[1], [2]] AS f, 'a' IN [1, 'a'] AS g
RETURN [1, 2] = [1, 2] AS a, [1] = [1, 2] AS b, [1, null] = [1, 2] AS c, [1, 2] <> [1, 3] AS d, [1, null] = [2, null] AS e, [] = [] AS f
RETURN [1, 2] + [3] AS a, [1] + 2 AS b, 0 + [1] AS c, ['a'] + 'b' AS d
RETURN all(x IN [1, 2] WHERE x > 0) AS a, any(x IN [1, null] WHERE x > 1) AS b, none(x IN [] WHERE x > 1) AS c, single(x IN [1, 2, 3] WHERE x = 2) AS d, all(x IN [null] WHERE x > 1) AS e, single(x IN [1, null] WHERE x = 1) AS f
RETURN coalesce(null, 1) AS a, coalesce(null, null) AS b, head([1, 2]) AS c, last([1, 2]) AS d, tail([1, 2, 3]) AS e, head([]) AS f, size([]) AS g, reverse([1, 2]) AS h
RETURN null AND false AS a, null OR true AS b, null XOR true AS c, NOT null AS d, null = null AS e, null <> 1 AS f, true XOR true AS g
RETURN 7 / 2 AS a, -7 / 2 AS b, 7 % 3 AS c, -7 % 3 AS d, 7.0 / 2 AS e, 2 ^ 3 AS f, 1 + 2 * 3 AS g, 5.5 % 2 AS h
RETURN abs(-3) AS a, sign(-2.5) AS b, ceil(1.2) AS c, floor(-1.2) AS d, round(2.5) AS e, round(-2.5) AS f, sqrt(16) AS g, toInteger('12') AS h, toInteger('x') AS i, toInteger(3.9) AS j, toFloat('1.5') AS k, toString(true) AS l, toString(1.0) AS m
WITH 1 AS x, 'a' AS y RETURN *
MATCH (c:Customer) WITH c.segment AS s, collect(c.customer_id) AS ids RETURN s, ids, size(ids) AS n ORDER BY s
MATCH (c:Customer) WITH c ORDER BY c.customer_id DESC LIMIT 3 RETURN c.customer_id AS i
MATCH (p:Product) WHERE p.name IS NULL RETURN count(*) AS n
MATCH (c:Customer)-[:PURCHASED]->(p) WHERE p.name IS NULL RETURN count(*) AS n
MATCH (c:Customer)-[:PURCHASED]->(p) RETURN coalesce(p.category, 'none') AS k, count(*) AS n
MATCH (c:Customer)-[:PURCHASED]->(p) WHERE coalesce(p.category, 'none') <> 'Home' RETURN count(*) AS n
MATCH (c:Customer {customer_id: 2})-[:PURCHASED]->(p)-[*0..1]->(k) RETURN p, k
MATCH (c:Customer) RETURN DISTINCT c.segment AS s ORDER BY s SKIP 1
MATCH (c:Customer)-[r:PURCHASED]->(p) RETURN c, count(*) AS n, sum(r.amount) AS s ORDER BY s DESC, c.customer_id LIMIT 3
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH DISTINCT c, p RETURN c.customer_id AS c, count(*) AS n
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH c, avg(r.amount) AS mean, max(r.amount) AS most WHERE most > mean RETURN c.customer_id AS c, mean < 500 AS low
MATCH (c:Customer) WHERE c.segment = 'VIP' XOR c.customer_id > 4 RETURN c.customer_id AS c
MATCH (c:Customer) WHERE 2 < c.customer_id <= 5 RETURN c.customer_id AS c
MATCH (c:Customer) UNWIND [1, 2] AS x WITH c, x WHERE x > 1 RETURN c.customer_id AS c, x
MATCH (c:Customer)-[:PURCHASED]->(p) OPTIONAL MATCH (p)<-[:INTERACTED]-(d:Customer) WITH c, p, count(d) AS n OPTIONAL MATCH (p)-[:BELONGS_TO]->(k) RETURN c.customer_id AS c, p.product_id AS p, n, k.name AS k
MATCH (c:Customer)-[:PURCHASED]->(p) WITH c.name AS n WHERE c.customer_id > 3 AND p.category = 'Home' RETURN *
MATCH (c:Customer)-[:PURCHASED]->(p) WITH p.name AS n, c WHERE p.price > 100 RETURN n, c.name AS m
MATCH (c:Customer)-[:PURCHASED]->(p) WITH collect(DISTINCT p) AS ps UNWIND ps AS p MATCH (p)-[:BELONGS_TO]->(k) RETURN p.name AS n, k.name AS k, p
MATCH q = (c:Customer {customer_id: 2})-[:PURCHASED]->(p)-[:BELONGS_TO]->(k) WITH nodes(q) AS ns UNWIND ns AS x RETURN x, labels(x) AS l, x.name AS n
MATCH q = (c:Customer {customer_id: 2})-[:PURCHASED]->(p)-[:BELONGS_TO]->(k) WITH nodes(q) AS ns UNWIND ns AS x MATCH (x)-[r]-(y) RETURN x, type(r) AS t, count(y) AS n
MATCH q = (c:Customer {customer_id: 2})-[:PURCHASED]->(p) UNWIND relationships(q) AS r RETURN r, r.amount AS a, type(r) AS t
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH c, head(collect(p)) AS p RETURN c.customer_id AS c, p IS NOT NULL AS b
MATCH (c:Customer) RETURN c.customer_id AS c, [(c)-[r:PURCHASED]->(p) WHERE r.amount > 300 | p.name] AS l, size([(c)-[:INTERACTED]->() | 1]) AS n
MATCH (c:Customer) RETURN c.customer_id AS c, COUNT { (c)-[:PURCHASED]->(p) WHERE p.category = 'Home' } AS n ORDER BY n DESC, c
MATCH (n) RETURN n, [(n)-[:BELONGS_TO]-(m) | m.name] AS l
RETURN size([(:Customer)-[:PURCHASED]->(p) | p]) AS n
MATCH (c:Customer) WITH c, [(c)-[:PURCHASED]->(p) | p] AS ps WHERE size(ps) > 4 UNWIND ps AS p RETURN c.customer_id AS c, p.name AS n
MATCH (p:Product) RETURN p.product_id AS p, [(p)-[:BELONGS_TO]->(k)<-[:BELONGS_TO]-(q) WHERE q.price > 300 | q.name] AS l
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH c, p, r ORDER BY r.amount DESC RETURN c.customer_id AS c, collect(r.transaction_id) AS l, collect(DISTINCT p.name)[0] AS n
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH c.segment AS s, p, count(*) AS n ORDER BY n DESC, p.product_id WITH s, collect(p.name)[..2] AS top RETURN s, top ORDER BY s
MATCH (p:Product) WITH p ORDER BY p.price DESC UNWIND [1, 2] AS x WITH p, x WHERE x > 1 RETURN collect(p.name) AS l
MATCH (p:Product) WITH p ORDER BY p.price LIMIT 4 OPTIONAL MATCH (p)-[:BELONGS_TO]->(k) RETURN collect(p.name + k.name) AS l
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH r, p ORDER BY r.ts WITH collect(r.transaction_id) AS l, count(*) AS n RETURN l, n
MATCH (p:Product) WITH p ORDER BY p.product_id MATCH (p)-[:MANUFACTURED_BY]->(b) RETURN b.name AS b, collect(p.product_id) AS l
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p:Product) WHERE p.price > 300 RETURN c.name AS m, count(r) AS n, sum(r.amount) AS s, count(DISTINCT p.category) AS k, max(r.ts) AS t, avg(r.quantity) AS a
MATCH (c:Customer) WHERE c.segment <> 'VIP' OPTIONAL MATCH (c)-[r:INTERACTED]->(:Product) WITH c AS d, count(r) AS n WHERE n < 3 RETURN d.name AS m, d.lifetime_value AS v, n ORDER BY n, v DESC, m
MATCH (p:Product) OPTIONAL MATCH (p)<-[:PURCHASED]-(c:Customer {segment: 'VIP'}) WITH p, count(DISTINCT c) AS n WHERE n < 2 RETURN p.name AS m, n
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE c.name IS NOT NULL AND p.name IS NOT NULL RETURN c.customer_id AS i, p.brand AS b, count(*) AS n, count(DISTINCT p.category) AS k
MATCH (c:Customer)-[:PURCHASED]->(:Product) WHERE c.segment = 'VIP' RETURN DISTINCT c.customer_id AS i, c.lifetime_value AS v ORDER BY v DESC, i LIMIT 4
MATCH (c:Customer) WHERE NOT (c)-[:PURCHASED]->(:Product {category: 'Home'}) RETURN c.name AS m, c.lifetime_value AS v ORDER BY v, m
MATCH (c:Customer {segment: 'VIP'})-[r:PURCHASED]->(p) RETURN r.transaction_id AS i, p.name AS m ORDER BY r.ts DESC, i LIMIT 4
MATCH (größe:Customer) WITH größe, größe.segment AS `ʼ` RETURN größe.customer_id AS `名`, `ʼ` AS s, size([é IN [1, 2] WHERE é > 1 | é + 1]) AS n ORDER BY `名`
MATCH (c:Customer) WITH c, 300 AS most OPTIONAL MATCH (x)-[r:PURCHASED]->(p) WHERE r.amount < most RETURN c.customer_id AS a, r.amount AS b
MATCH (c:Customer) OPTIONAL MATCH (x)-[r:PURCHASED]->(p) WHERE r.quantity < c.customer_id WITH c, r WHERE c.customer_id = 3 OR r IS NULL RETURN c.customer_id AS a, count(r) AS b
OPTIONAL MATCH (c:Customer) WHERE c.customer_id > 3 OPTIONAL MATCH (p:Product) WHERE p.price > c.lifetime_value RETURN c.customer_id AS a, p.product_id AS b
MATCH (c:Customer) OPTIONAL MATCH (x)-[:PURCHASED]->(p) WHERE NOT (c)-[:PURCHASED]->(p) RETURN c.customer_id AS a, count(DISTINCT p) AS n
WITH 1 AS k, 2 AS m OPTIONAL MATCH (x:Customer) WHERE k > m RETURN k, x.customer_id AS i
MATCH (p) RETURN p.product_id AS p, [(p)-[:BELONGS_TO]->(k)<-[:BELONGS_TO]-(q) WHERE q.price > 300 | q.name] AS l
MATCH (n1)-[e2:MANUFACTURED_BY]-(n3) RETURN n1.product_id AS k, EXISTS { (n1)<-[e4:PURCHASED]-(n5:Customer)-[e6:PURCHASED]-(n7) WHERE n1 <> n7 AND e6.amount > 300 } AS v, COUNT { (n1)<-[e4:PURCHASED]-(n5:Customer)-[e6:PURCHASED]-(n7) } AS n
MATCH (n:Customer) OPTIONAL MATCH (n)-[:PURCHASED]->(m) RETURN n.customer_id AS i, m.product_id AS m, EXISTS { (m)-[:BELONGS_TO]->() } AS a, NOT EXISTS { (m)-[:BELONGS_TO]->() } AS b
MATCH (n:Customer) OPTIONAL MATCH (n)-[:PURCHASED]->(m) WITH n, m WHERE NOT (m)-[:BELONGS_TO]->() RETURN n.customer_id AS i, m.product_id AS m
MATCH (n) OPTIONAL MATCH (n)-[:BELONGS_TO|PURCHASED]->(m) RETURN m.name AS n, size([(m)-[:BELONGS_TO]->(k) | k.name]) AS k, EXISTS { (m)-->() } AS e, NOT (m)-[:BELONGS_TO]-() AS f
MATCH (n) OPTIONAL MATCH (n)-[:BELONGS_TO|PURCHASED]->(m) WHERE NOT (m)<-[:INTERACTED]-(n) WITH m, n WHERE NOT (m)-[:BELONGS_TO]-() OR (n)--(m) RETURN m.name AS m, n.name AS n
UNWIND [4611686018427387904, 4611686018427387904, 1] AS x RETURN avg(x) AS a, avg(DISTINCT x) AS b, avg(x + 0) AS c
MATCH (n:Product) RETURN n.product_id AS k, CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.price END AS a, CASE WHEN n.price > 300 THEN n.price ELSE 0.5 END AS b, CASE WHEN n.price > 300 THEN n.price WHEN n.price > 100 THEN n.price * 1.5 END AS c
MATCH (n:Product) RETURN n.product_id AS k, CASE n.price / 1 WHEN n.price THEN n.price ELSE 0.5 END AS a, CASE n.price WHEN 40.0 THEN n.price / 2 WHEN n.price / 1 THEN n.price END AS b
MATCH (n:Product) RETURN n.product_id AS k, CASE n.product_id % 3 WHEN 0 THEN 1 WHEN 1 THEN n.price ELSE n.price / 2 END AS a, CASE WHEN n.price > 300 THEN n.price ELSE 0 END AS b
MATCH (n:Product) WITH n.product_id AS k, CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.price END AS v RETURN k, v + 1 AS a, v * 2 AS b, v > 150 AS c, toString(v) AS d, -v AS e, v = 180 AS f, round(v) AS g ORDER BY v, k
MATCH (n:Product) WITH CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.price END AS v RETURN sum(v) AS a, avg(v) AS b, min(v) AS c, max(v) AS d, count(DISTINCT v) AS e, collect(v) AS f
MATCH (n:Product) UNWIND [n.price, n.price / 2, 40.0] AS v RETURN v, count(*) AS n ORDER BY v DESC
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p:Product {category: 'Home'}) RETURN c.customer_id AS k, coalesce(r.amount, 0.5) AS a, coalesce(r.amount / 2, c.lifetime_value) AS b, coalesce(null, p.price, r.amount / 4, 1) AS c, coalesce(r.amount, 0) AS d
MATCH (n:Product) RETURN n.product_id AS k, [n.price, n.price / 2] AS a, [n.price, n.price / 2][1] AS b, [n.price, 2.5, 3] AS c, [n.price, n.price / 2, null] AS d, [[n.price], [n.price / 2]] AS e, size([n.price, 0.5]) AS f
MATCH (n:Product) RETURN n.product_id AS k, head([n.price, 0.5]) AS a, last([0.5, n.price]) AS b, head([n.price, 0.5, 1]) AS c, last([0.5, n.price, 1]) AS d, tail([0.5, n.price]) AS e, reverse([n.price, 0.5]) AS f, head([n.price / 2, n.price]) + 1 AS g
MATCH (n:Product) RETURN n.product_id AS k, [n.price] + [n.price / 2] AS a, [0.5] + n.price AS b, n.price + [0.5] AS c, [n.price] + 0.5 + [1] AS d
MATCH (n:Product) RETURN n.product_id AS k, [x IN [n.price, n.price / 2] | x] AS a, [x IN [n.price, n.price / 2] WHERE x > 200 | x / 2] AS b, [x IN [1, 2] | CASE x WHEN 1 THEN n.price ELSE n.price / x END] AS c, any(x IN [n.price, 0.5] WHERE x < 1) AS d
MATCH (n:Product) RETURN n.price AS x UNION MATCH (n:Product) RETURN n.price / 2 AS x UNION MATCH (n:Product) RETURN 40.0 AS x
MATCH (n:Product) RETURN n.price AS x, [n.price] AS l, {a: n.price} AS m UNION ALL MATCH (n:Product) RETURN n.price / 2 AS x, [n.price / 2] AS l, {a: n.price / 2} AS m UNION ALL MATCH (n:Product) RETURN 1 AS x, [1] AS l, {a: 1} AS m
MATCH (n:Product) RETURN coalesce(n.name, n.price) AS x UNION ALL MATCH (n:Product) RETURN CASE WHEN n.price > 300 THEN n.price ELSE n.name END AS x UNION ALL MATCH (n:Product) RETURN CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.product_id END AS x
MATCH (n:Product) UNWIND [n.price, n.price / 2, null, 0.5] AS v RETURN n.product_id AS k, v, v + 1 AS a, v / 2 AS b
MATCH (n:Product) UNWIND [n.price, n.price / 2, 3] AS v RETURN n.product_id AS k, v, [v] AS l
MATCH (n:Product) UNWIND [n.price, n.price / 2] AS v RETURN sum(v) AS a, avg(v) AS b, min(v) AS c, max(v) AS d, count(DISTINCT v) AS e, sum(DISTINCT v) AS f
MATCH (n:Product)<-[r:PURCHASED]-() RETURN n.product_id AS k, [sum(r.amount), avg(r.amount)] AS a, CASE WHEN count(*) > 3 THEN sum(r.amount) ELSE avg(r.amount) END AS b, min(r.amount) < avg(r.amount) AS c
MATCH (n:Product) WITH n.price AS x, n.price / 1 AS y, n.price / 2 AS z RETURN x = y AS a, x <> z AS b, x > z AS c, y < x AS d, x >= y AS e, x = 40.001 AS f, x > 40.001 AS g, [x] = [y] AS h, [x, y] = [y, x] AS i, [x] <> [z] AS j, x, y, z
MATCH (n:Product) WITH n.price AS x, n.price / 1 AS y, n.price / 2 AS z RETURN x IN [y] AS a, x IN [z, y] AS b, y IN [x, z] AS c, x IN [40.0, 360.0] AS d, x IN [40.001] AS e, y IN [x, null] AS f, z IN [x, null] AS g, x
MATCH (n:Product) WITH collect(n.price) AS l, collect(n.price / 1) AS k, collect(n.price / 2) AS h RETURN size([x IN l WHERE x IN k]) AS a, size([x IN l WHERE x IN h]) AS b, l + h AS c, 40.0 IN l AS d
MATCH (n:Product) RETURN n.product_id AS k, {a: n.price, b: n.price / 2} AS a, {a: CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.price END}.a + 1 AS b, [{a: n.price}, {a: n.price / 2, b: 1}, {b: 'x'}] AS c, [{a: n.price}, {a: n.price / 2}][1].a AS d
UNWIND [1, 2, 3] AS y RETURN y, CASE y WHEN 1 THEN {a: 1, d: null} WHEN 2 THEN {a: 2.5, c: [1]} ELSE {a: 'x', c: ['y']} END AS m
UNWIND [1, 2, 3] AS y RETURN y, coalesce(CASE y WHEN 1 THEN [1] WHEN 2 THEN 'x' END, ['a']) AS a, CASE y WHEN 1 THEN [1] WHEN 2 THEN [2.5] ELSE ['a', 1] END AS b
MATCH (n:Product) RETURN n.product_id AS k, n.price % 7 AS a, n.price % 2.5 AS b, n.price % n.price AS c, (n.price + 1) % 7 AS d, 1000 % n.price AS e, 2.5 % n.price AS f
MATCH (n:Product) RETURN n.product_id AS k, n.price / 3 AS a, 3 / n.price AS b, n.price * 1.5 AS c, n.price - 0.1 AS d, n.price + 1 AS e, n.price ^ 2 AS f, n.price / n.price AS g, (n.price / 2 + n.price) / 2 AS h
MATCH (n:Product) RETURN n.product_id AS k, coalesce($fee, n.price / 2) AS a, [n.price, $fee, n.price / 2] AS b, n.price + $fee AS c, n.price / 2 > $fee AS d, CASE WHEN n.price > $fee THEN n.price / 2 ELSE $fee END AS e, $offer.price + n.price AS f, $offer.rate * n.price AS g
MATCH (n:Product) WITH n.price AS x, n.price / 2 AS y, n.product_id AS z RETURN z, x IN $fees AS a, y IN $fees AS b, x IN $rates AS c, y IN $rates AS d, x IN $mixed AS e, y IN $mixed AS f, z IN $fees AS g, y IN [$fee, 20] AS h, x IN [$fee, 40.0] AS i, z IN [$fee, 2] AS j, x IN $ids AS k
UNWIND $mixed AS x UNWIND $fees AS y RETURN x, y, x + y AS a, x = y AS b, coalesce(x, y) AS c, [x, y] AS d, CASE WHEN x > y THEN x ELSE y END AS e
UNWIND [3, 2.5, null, 1, 1.5] AS x RETURN sum(x) AS a, avg(x) AS b, min(x) AS c, max(x) AS d, count(x) AS e, collect(x) AS f
UNWIND [3, 4] AS x RETURN sum(coalesce(x, 0.5)) AS a, min(coalesce(x, 0.5)) AS b, avg(coalesce(x, 0.5)) AS c
UNWIND [1, 2.5, null, -7] AS x RETURN x, x + 1 AS a, x - 1 AS b, x * 2 AS c, x / 2 AS d, x % 2 AS e, x + 0.5 AS f, 2 - x AS g, -x AS h, x ^ 2 AS i, x + x AS j
UNWIND [1, 2.5, null, 2] AS x UNWIND [1.0, 2, 2.5, null] AS y RETURN x, y, x = y AS a, x <> y AS b, x < y AS c, x <= y AS d, x > y AS e, x >= 2 AS f, x = 2.5 AS g, x IN [1, 2.5] AS h, x IN [y, 2] AS i, 1 IN [x, y] AS j
UNWIND [[1, 2.5], [1.0, 2.5], [1, null], [2.5]] AS l RETURN l, l = [1, 2.5] AS a, l <> [1.0, 2.5] AS b, 1.0 IN l AS c, [x IN l WHERE x > 1 | x + 1] AS d, any(x IN l WHERE x = 1.0) AS e
UNWIND [3, 2.5, null, 1, -1.5] AS x RETURN x ORDER BY x DESC
UNWIND [3, 2.5, null, -1, -1.5] AS x RETURN toString(x) AS a, 'n' + x AS b, abs(x) AS c, sign(x) AS d, toInteger(x) AS e, toFloat(x) AS f, round(x) AS g, ceil(x) AS h, sqrt(abs(x)) AS i
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(:Product {category: 'Home'}) WITH c, coalesce(r.amount, 0) AS v RETURN c.customer_id AS k, sum(v) AS a, avg(v) AS b, max(v) AS c, min(v) AS d, count(v) AS e
MATCH (c:Customer)-[r:PURCHASED]->(p) RETURN c.customer_id AS k, sum(CASE WHEN p.category = 'Home' THEN r.amount ELSE 0 END) AS a, sum(CASE WHEN p.category = 'Home' THEN r.amount / 2 ELSE 0 END) AS b, sum(CASE WHEN p.category = 'none' THEN r.amount ELSE 0 END) AS c, sum(r.amount) AS d ORDER BY a DESC, k
MATCH (n:Product) UNWIND [n.price, n.price / 2, 1, 300] AS v RETURN min(v) AS a, max(v) AS b, sum(v) AS c, avg(v) AS d
MATCH (n:Product) RETURN n.product_id AS k, n.price IN $numbers AS a, n.price / 2 IN $numbers AS b, n.product_id IN $numbers AS c, [x IN $numbers WHERE x > n.price] AS d, [x IN $numbers | x + n.price] AS e
UNWIND [1, 1.0, 2.0, 2, 2.5, null] AS x RETURN count(DISTINCT x) AS n, count(x) AS m
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH c, sum(CASE WHEN p.category = 'Home' THEN r.amount ELSE 0 END) AS a MATCH (c)-[:INTERACTED]->(q) RETURN c.customer_id AS k, a, count(DISTINCT q) AS m ORDER BY a DESC, k LIMIT 3
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p:Product {category: 'Home'}) RETURN coalesce(p.price, 0) AS v, count(*) AS n, sum(r.amount) AS s ORDER BY v
MATCH (c:Customer)-[r:PURCHASED]->(p) RETURN c.customer_id AS k, sum(coalesce(r.amount, 0)) AS a, 100.0 * sum(CASE WHEN p.category = 'Home' THEN r.amount ELSE 0 END) / sum(r.amount) AS b ORDER BY a DESC, k LIMIT 3
MATCH (c:Customer) RETURN c.customer_id AS k, [(c)-[r:PURCHASED]->(p) | CASE WHEN r.amount > 300 THEN r.amount ELSE p.price / 2 END] AS l, [(c)-[r:PURCHASED]->(p) | coalesce(r.amount / 2, 0)] AS m
MATCH (n) RETURN coalesce(n.price, n.lifetime_value, 0) AS v, CASE WHEN n:Product THEN n.price ELSE n.lifetime_value / 2 END AS w, labels(n) AS l
MATCH (c:Customer)-[r:PURCHASED]->(p) WHERE r.amount > coalesce(p.price, 0) AND coalesce(r.amount, 0) IN [r.amount, 1] RETURN count(*) AS n, max(CASE WHEN r.quantity > 1 THEN r.amount ELSE 0 END) - min(r.amount) AS d
MATCH (a:Customer) OPTIONAL MATCH (b:Product) WHERE b.name <> a.name OR [] = range(1, 4) RETURN DISTINCT a.segment AS k, b IS NULL AS n
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p) WHERE p.price > c.lifetime_value OR p.price < 100 OR true = false RETURN c.customer_id AS c, count(p.name) AS n
UNWIND [1, null] AS x WITH x, collect(x) AS l RETURN x, [0.5] + x AS a, x + [0.5, null] AS b, l + x AS c, tail([1] + x) AS d, [1, null] + [x] AS e
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE NOT p.category IN [] RETURN count(*) AS n
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE (p.category IN []) IS NOT NULL RETURN count(*) AS n
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE (c.segment IN []) = false AND NOT p.price IN [] RETURN count(*) AS n
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE NOT p.category IN $none RETURN count(*) AS n, count(p.name) AS m
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE NOT c.segment IN $none AND NOT p.category IN $segments RETURN count(*) AS n
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE NOT toUpper(p.category) IN $none OR p.price > 300 RETURN p.product_id AS i, count(DISTINCT c) AS n ORDER BY i
MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE NOT p.category IN [x IN ['Home'] WHERE x = 'Books'] WITH p, count(*) AS n RETURN p.product_id AS i, p.name AS m, n ORDER BY n DESC, i
