// Named queries that both must answer alike, each of one line under its name. "in order" in a name: so are its lists.
// null in IN
UNWIND [1, null, 3] AS x RETURN x, x IN [1, 2] AS a, x IN [2, null] AS b, x IN [] AS c, null IN [x] AS d, x IN null AS e, [x] IN [[1], null] AS f
// null under NOT
UNWIND [true, false, null] AS x RETURN x, NOT x AS a, NOT (x IS NULL) AS b, NOT (x = true) AS c, x AND null AS d, x OR null AS e, x XOR null AS f
// NOT of IN with null
MATCH (c:Customer) WHERE NOT c.customer_id IN [1, 2, null] RETURN c.customer_id AS c
// null comes last in ascending order
UNWIND [3, null, 1, 2] AS x RETURN x ORDER BY x
// null comes first in descending order
UNWIND [3, null, 1, 2] AS x RETURN x ORDER BY x DESC
// an optional part that shares nothing and compares with a value
MATCH (c:Customer) WITH c, 300 AS most OPTIONAL MATCH (x)-[r:PURCHASED]->(p) WHERE r.amount < most RETURN c.customer_id AS a, r.amount AS b
// an optional part that shares nothing and compares with a property
MATCH (c:Customer) OPTIONAL MATCH (x)-[r:PURCHASED]->(p) WHERE r.quantity < c.customer_id WITH c, r WHERE c.customer_id = 3 OR r IS NULL RETURN c.customer_id AS a, count(r) AS b
// an optional part that shares nothing and never matches
MATCH (c:Customer) OPTIONAL MATCH (x)-[r:PURCHASED]->(p) WHERE false RETURN c.customer_id AS a, r.amount AS b
// null of an optional part in order
MATCH (c:Customer) OPTIONAL MATCH (c)-[:PURCHASED]->(p:Product {category: 'Home'}) RETURN c.customer_id AS c, p.product_id AS p ORDER BY p DESC, c
// integer division cuts towards zero
UNWIND [7, -7, 0] AS x RETURN x / 2 AS a, x / -2 AS b, x % 3 AS c, x % -3 AS d, 7 / 2.0 AS e
// integer division by zero
UNWIND [1, 2] AS x RETURN x / (x - 1) AS y
// modulo by zero
UNWIND [1] AS x RETURN 5 % (x - 1) AS y
// float division by zero
UNWIND [1.0, -1.0, 0.0] AS x RETURN x / 0.0 AS a, -x / 0.0 AS b
// overflow of addition
UNWIND [9223372036854775807] AS x RETURN x + 1 AS y
// overflow of subtraction
UNWIND [-9223372036854775808] AS x RETURN x - 1 AS y
// overflow of multiplication
UNWIND [4611686018427387904] AS x RETURN x * 2 AS y
// overflow of a sign
MATCH (k:Category) RETURN -((4611686018427387904 * -2)) AS v
// overflow of a sign over rows
UNWIND [-9223372036854775808] AS x RETURN -x AS v
// the ends of 64 bits
UNWIND [9223372036854775807, -9223372036854775808] AS x RETURN x, x - 0 AS y, x = 9223372036854775807 AS z
// whole numbers that a float cannot hold
UNWIND [9007199254740993] AS x RETURN x = 9007199254740992 AS a, x > 9007199254740992 AS b, x AS c
// UTF-8 in texts
UNWIND ['Žofie', '日本 太郎', '😀 Ann', 'Straße', 'naïve', ''] AS t RETURN t, size(t) AS n, left(t, 1) AS l, right(t, 2) AS r, reverse(t) AS v, toUpper(t) AS u, toLower(t) AS w, substring(t, 1, 2) AS s
// UTF-8 in order
UNWIND ['ž', 'z', 'Z', 'Ž', '日', '😀', 'ﬁ', 'a', '', 'ss', 'ß'] AS t RETURN t ORDER BY t
// UTF-8 in conditions
MATCH (c:Customer) WHERE c.name CONTAINS 'ž' OR c.name STARTS WITH '日' OR c.name = '😀 Ann' RETURN c.name AS n, count(*) AS k
// NaN is equal to nothing
WITH 0.0 / 0.0 AS x RETURN x = x AS a, x <> x AS b, x > 1 AS c, x < 1 AS d, x IN [x] AS e, x <= x AS f, NOT x = x AS g
// NaN in order
UNWIND [1.0, 0.0 / 0.0, null, -1.0, 1.0 / 0.0] AS x RETURN x ORDER BY x
// NaN in reverse order
UNWIND [1.0, 0.0 / 0.0, null, -1.0] AS x RETURN x ORDER BY x DESC
// NaN in aggregates
UNWIND [1.0, 0.0 / 0.0] AS x RETURN sum(x) AS s, avg(x) AS a, count(x) AS n
// floats as texts are written as Java writes them
UNWIND [1.0, 0.1, 1e10, 1.5e-7, 123456789.0, 1e7, 12345678.9, 9999999.5, 1e-3, 0.0001, 0.000123, 1e22, 100.0, 3.14, 1 / 0.0, -1 / 0.0, 0.0 / 0.0] AS x RETURN toString(x) AS s, 'a' + x AS t
// money as text
MATCH (p:Product)<-[r:PURCHASED]-(c) RETURN toString(p.price) AS a, 'x' + r.amount AS b, toString(c.lifetime_value) AS d
// rounding
UNWIND [1.5, 2.5, -1.5, -2.5, 0.49999999999999994, 1e15, -0.4, null] AS x RETURN round(x) AS r, ceil(x) AS c, floor(x) AS f
// rounding to places
UNWIND [1.25, 2.345, -1.255, 2.5, 1.005, 2.675, -2.675, 1234.5678, null] AS x RETURN round(x, 0) AS a, round(x, 1) AS b, round(x, 2) AS c, round(x, 3) AS d
// splitting and replacing at nothing
UNWIND ['abc', '日本', '', null] AS t RETURN split(t, '') AS a, replace(t, '', '-') AS b, split(t, 'b') AS c, replace('abc', t, 'x') AS d, replace('abc', 'b', t) AS e
// white space at the ends
UNWIND ['  x ', '\t x\n', ' x\u3000', '\u00a0x\u00a0', '\u2003x\u2007'] AS t RETURN trim(t) AS a, lTrim(t) AS b, rTrim(t) AS c
// a dot is no line's end in a regular expression
UNWIND ['a\nb', 'ab', '日'] AS t RETURN t =~ 'a.b' AS a, t =~ 'a..' AS b, t =~ '.' AS c, t =~ 'a(?s:.)b' AS d, t =~ '(?s)a.b' AS e, t =~ '[^b]*' AS f
// lists in order
UNWIND [[1, 2], null, [1], [], [1, null], [0, 9], [10], [9]] AS l RETURN l ORDER BY l
// lists in reverse order
UNWIND [['b'], null, ['a', 'b'], ['a'], [], ['a', null]] AS l RETURN l ORDER BY l DESC
// floats that are too large for a whole number
UNWIND [1e30, -1e30, 1e18, 9.3e18, 0.0 / 0.0, 1 / 0.0] AS x RETURN toInteger(x) AS i
// a text of a whole number that is too large
UNWIND ['9223372036854775808'] AS x RETURN toInteger(x) AS i
// texts as numbers
UNWIND ['12', ' 12', '12.9', '1e3', '', 'abc', '+5', '.5', '5.', '9223372036854775807', 'NaN', 'Infinity', 'inf', 'nan', null] AS t RETURN toInteger(t) AS i, toFloat(t) AS f
// the least whole number turned around
RETURN -(-9223372036854775808) AS a
// negative places in a text
UNWIND [-1] AS i RETURN left('hello', i) AS a
// places in a text
UNWIND [0, 2, 9, null] AS i RETURN left('日本語', i) AS a, right('日本語', i) AS b, substring('日本語', i) AS c, substring('日本語', 1, i) AS d
// whole numbers with and without a sign in a union
UNWIND [1, 7] AS y RETURN y AS x UNION UNWIND ['abcdefg', 'a'] AS t RETURN size(t) AS x UNION UNWIND [-1, null] AS z RETURN z AS x
// whole numbers with and without a sign side by side
MATCH ()-[r:PURCHASED]->() RETURN CASE WHEN r.transaction_id > 5 THEN r.transaction_id ELSE -1 END AS a, coalesce(r.transaction_id, -1) AS b, [r.transaction_id, -1] AS c, -r.transaction_id AS d
// sums of what is computed
MATCH ()-[r:PURCHASED]->() RETURN sum(r.quantity) AS a, sum(r.quantity * 2) AS b, sum(-r.quantity) AS c, sum(DISTINCT r.quantity + 1) AS d
// properties of nodes, some without a row
MATCH (n:Product)<-[e:PURCHASED]-(:Customer) RETURN properties(n) AS m, size(keys(n)) AS k, count(e) AS times
// EXISTS of a node that is null
MATCH (n:Customer) OPTIONAL MATCH (n)-[:PURCHASED {quantity: 3}]->(m) RETURN n.customer_id AS i, m.product_id AS m, EXISTS { (m)-[:BELONGS_TO]->() } AS a, NOT EXISTS { (m)-[:BELONGS_TO]->() } AS b
// EXISTS of a node that is null, as a condition
MATCH (n:Customer) OPTIONAL MATCH (n)-[:PURCHASED {quantity: 3}]->(m) WITH n, m WHERE NOT EXISTS { (m)-[:BELONGS_TO]->() } RETURN n.customer_id AS i, m.product_id AS m
// a pattern of a node that is null
MATCH (n:Customer) OPTIONAL MATCH (n)-[:PURCHASED {quantity: 3}]->(m) WITH n, m WHERE NOT (m)-[:BELONGS_TO]->() RETURN n.customer_id AS i, m.product_id AS m
// a pattern between nodes of which one is null
MATCH (n:Customer) OPTIONAL MATCH (n)-[:PURCHASED {quantity: 3}]->(m) WITH n, m WHERE NOT (n)-[:INTERACTED]->(m) RETURN n.customer_id AS i, m.product_id AS m
// EXISTS of a node that is null, in a list's place
MATCH (n:Customer) OPTIONAL MATCH (n)-[:PURCHASED {quantity: 3}]->(m) RETURN n.customer_id AS i, CASE WHEN EXISTS { (m)<-[:INTERACTED]-(n) } THEN 1 ELSE 0 END AS a, count(*) AS k
// a pattern comprehension of nodes of several labels
MATCH (p) RETURN p.product_id AS p, size([(p)-[:BELONGS_TO]->(k)<-[:BELONGS_TO]-(q) WHERE q.price > 300 | q.name]) AS l
// an aggregate within an aggregate
MATCH (c:Customer) RETURN c.segment AS s, count(count(*)) AS n ORDER BY n DESC, s
