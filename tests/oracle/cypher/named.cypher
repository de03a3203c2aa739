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
// money and floats in CASE
MATCH (n:Product) RETURN n.product_id AS k, CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.price END AS a, CASE WHEN n.price > 300 THEN n.price ELSE 0.5 END AS b, CASE WHEN n.price > 300 THEN n.price WHEN n.price > 100 THEN n.price * 1.5 END AS c
// money and floats in CASE of a value
MATCH (n:Product) RETURN n.product_id AS k, CASE n.price / 1 WHEN n.price THEN n.price ELSE 0.5 END AS a, CASE n.price WHEN 40.0 THEN n.price / 2 WHEN n.price / 1 THEN n.price END AS b
// money, floats and whole numbers in CASE
MATCH (n:Product) RETURN n.product_id AS k, CASE n.product_id % 3 WHEN 0 THEN 1 WHEN 1 THEN n.price ELSE n.price / 2 END AS a, CASE WHEN n.price > 300 THEN n.price ELSE 0 END AS b
// what CASE makes of money and floats is a number
MATCH (n:Product) WITH n.product_id AS k, CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.price END AS v RETURN k, v + 1 AS a, v * 2 AS b, v > 150 AS c, toString(v) AS d, -v AS e, v = 180 AS f, round(v) AS g ORDER BY v, k
// money and floats in CASE, added up
MATCH (n:Product) WITH CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.price END AS v RETURN sum(v) AS a, avg(v) AS b, min(v) AS c, max(v) AS d, count(DISTINCT v) AS e, collect(v) AS f
// money and floats as keys of groups
MATCH (n:Product) UNWIND [n.price, n.price / 2, 40.0] AS v RETURN v, count(*) AS n ORDER BY v DESC
// money and floats in coalesce
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p:Product {category: 'Home'}) RETURN c.customer_id AS k, coalesce(r.amount, 0.5) AS a, coalesce(r.amount / 2, c.lifetime_value) AS b, coalesce(null, p.price, r.amount / 4, 1) AS c, coalesce(r.amount, 0) AS d
// money and floats in a list
MATCH (n:Product) RETURN n.product_id AS k, [n.price, n.price / 2] AS a, [n.price, n.price / 2][1] AS b, [n.price, 2.5, 3] AS c, [n.price, n.price / 2, null] AS d, [[n.price], [n.price / 2]] AS e, size([n.price, 0.5]) AS f
// head and last of money and floats
MATCH (n:Product) RETURN n.product_id AS k, head([n.price, 0.5]) AS a, last([0.5, n.price]) AS b, head([n.price, 0.5, 1]) AS c, last([0.5, n.price, 1]) AS d, tail([0.5, n.price]) AS e, reverse([n.price, 0.5]) AS f, head([n.price / 2, n.price]) + 1 AS g
// lists of money and of floats put together
MATCH (n:Product) RETURN n.product_id AS k, [n.price] + [n.price / 2] AS a, [0.5] + n.price AS b, n.price + [0.5] AS c, [n.price] + 0.5 + [1] AS d
// comprehensions over money and floats
MATCH (n:Product) RETURN n.product_id AS k, [x IN [n.price, n.price / 2] | x] AS a, [x IN [n.price, n.price / 2] WHERE x > 200 | x / 2] AS b, [x IN [1, 2] | CASE x WHEN 1 THEN n.price ELSE n.price / x END] AS c, any(x IN [n.price, 0.5] WHERE x < 1) AS d
// money and floats in a union
MATCH (n:Product) RETURN n.price AS x UNION MATCH (n:Product) RETURN n.price / 2 AS x UNION MATCH (n:Product) RETURN 40.0 AS x
// money and floats in a union of all
MATCH (n:Product) RETURN n.price AS x, [n.price] AS l, {a: n.price} AS m UNION ALL MATCH (n:Product) RETURN n.price / 2 AS x, [n.price / 2] AS l, {a: n.price / 2} AS m UNION ALL MATCH (n:Product) RETURN 1 AS x, [1] AS l, {a: 1} AS m
// values of several kinds in a union, money and floats among them
MATCH (n:Product) RETURN coalesce(n.name, n.price) AS x UNION ALL MATCH (n:Product) RETURN CASE WHEN n.price > 300 THEN n.price ELSE n.name END AS x UNION ALL MATCH (n:Product) RETURN CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.product_id END AS x
// unwinding money and floats
MATCH (n:Product) UNWIND [n.price, n.price / 2, null, 0.5] AS v RETURN n.product_id AS k, v, v + 1 AS a, v / 2 AS b
// unwinding money, floats and whole numbers
MATCH (n:Product) UNWIND [n.price, n.price / 2, 3] AS v RETURN n.product_id AS k, v, [v] AS l
// aggregates over money and floats
MATCH (n:Product) UNWIND [n.price, n.price / 2] AS v RETURN sum(v) AS a, avg(v) AS b, min(v) AS c, max(v) AS d, count(DISTINCT v) AS e, sum(DISTINCT v) AS f
// aggregates over money beside floats
MATCH (n:Product)<-[r:PURCHASED]-() RETURN n.product_id AS k, [sum(r.amount), avg(r.amount)] AS a, CASE WHEN count(*) > 3 THEN sum(r.amount) ELSE avg(r.amount) END AS b, min(r.amount) < avg(r.amount) AS c
// money compared with floats
MATCH (n:Product) WITH n.price AS x, n.price / 1 AS y, n.price / 2 AS z RETURN x = y AS a, x <> z AS b, x > z AS c, y < x AS d, x >= y AS e, x = 40.001 AS f, x > 40.001 AS g, [x] = [y] AS h, [x, y] = [y, x] AS i, [x] <> [z] AS j, x, y, z
// money among floats
MATCH (n:Product) WITH n.price AS x, n.price / 1 AS y, n.price / 2 AS z RETURN x IN [y] AS a, x IN [z, y] AS b, y IN [x, z] AS c, x IN [40.0, 360.0] AS d, x IN [40.001] AS e, y IN [x, null] AS f, z IN [x, null] AS g, x
// lists of money and of floats that were collected
MATCH (n:Product) WITH collect(n.price) AS l, collect(n.price / 1) AS k, collect(n.price / 2) AS h RETURN size([x IN l WHERE x IN k]) AS a, size([x IN l WHERE x IN h]) AS b, l + h AS c, 40.0 IN l AS d
// maps of money and floats
MATCH (n:Product) RETURN n.product_id AS k, {a: n.price, b: n.price / 2} AS a, {a: CASE WHEN n.price > 300 THEN n.price / 2 ELSE n.price END}.a + 1 AS b, [{a: n.price}, {a: n.price / 2, b: 1}, {b: 'x'}] AS c, [{a: n.price}, {a: n.price / 2}][1].a AS d
// maps whose values are of several kinds
UNWIND [1, 2, 3] AS y RETURN y, CASE y WHEN 1 THEN {a: 1, d: null} WHEN 2 THEN {a: 2.5, c: [1]} ELSE {a: 'x', c: ['y']} END AS m
// lists whose items are of several kinds
UNWIND [1, 2, 3] AS y RETURN y, coalesce(CASE y WHEN 1 THEN [1] WHEN 2 THEN 'x' END, ['a']) AS a, CASE y WHEN 1 THEN [1] WHEN 2 THEN [2.5] ELSE ['a', 1] END AS b
// the rest of money
MATCH (n:Product) RETURN n.product_id AS k, n.price % 7 AS a, n.price % 2.5 AS b, n.price % n.price AS c, (n.price + 1) % 7 AS d, 1000 % n.price AS e, 2.5 % n.price AS f, n.price % 0.0 AS g
// money with whole numbers and floats
MATCH (n:Product) RETURN n.product_id AS k, n.price / 3 AS a, 3 / n.price AS b, n.price * 1.5 AS c, n.price - 0.1 AS d, n.price + 1 AS e, n.price ^ 2 AS f, n.price / n.price AS g, (n.price / 2 + n.price) / 2 AS h, n.price / 0.0 AS i
// parameters of money and floats beside money
MATCH (n:Product) RETURN n.product_id AS k, coalesce($fee, n.price / 2) AS a, [n.price, $fee, n.price / 2] AS b, n.price + $fee AS c, n.price / 2 > $fee AS d, CASE WHEN n.price > $fee THEN n.price / 2 ELSE $fee END AS e, $offer.price + n.price AS f, $offer.rate * n.price AS g
// money and floats among parameters
MATCH (n:Product) WITH n.price AS x, n.price / 2 AS y, n.product_id AS z RETURN z, x IN $fees AS a, y IN $fees AS b, x IN $rates AS c, y IN $rates AS d, x IN $mixed AS e, y IN $mixed AS f, z IN $fees AS g, y IN [$fee, 20] AS h, x IN [$fee, 40.0] AS i, z IN [$fee, 2] AS j, x IN $ids AS k
// unwinding parameters of money and floats
UNWIND $mixed AS x UNWIND $fees AS y RETURN x, y, x + y AS a, x = y AS b, coalesce(x, y) AS c, [x, y] AS d, CASE WHEN x > y THEN x ELSE y END AS e
// whole numbers and floats reckoned with
UNWIND [1, 2.5, null, -7, 9007199254740993] AS x RETURN x, x + 1 AS a, x - 1 AS b, x * 2 AS c, x / 2 AS d, x % 2 AS e, x + 0.5 AS f, 2 - x AS g, -x AS h, x ^ 2 AS i, x + x AS j
// whole numbers and floats compared
UNWIND [1, 2.5, null, 2, 9007199254740993, 9007199254740992.0] AS x UNWIND [1.0, 2, 2.5, null, 9007199254740992] AS y RETURN x, y, x = y AS a, x <> y AS b, x < y AS c, x <= y AS d, x > y AS e, x >= 2 AS f, x = 2.5 AS g, x IN [1, 2.5] AS h, x IN [y, 2] AS i, 1 IN [x, y] AS j
// lists of whole numbers and floats compared
UNWIND [[1, 2.5], [1.0, 2.5], [1, null], [2.5]] AS l RETURN l, l = [1, 2.5] AS a, l <> [1.0, 2.5] AS b, 1.0 IN l AS c, [x IN l WHERE x > 1 | x + 1] AS d, any(x IN l WHERE x = 1.0) AS e
// aggregates over whole numbers and floats
UNWIND [3, 2.5, null, 1, 1.5] AS x RETURN sum(x) AS a, avg(x) AS b, min(x) AS c, max(x) AS d, count(x) AS e, collect(x) AS f
// a sum of whole numbers that might have been floats
UNWIND [3, 4] AS x RETURN sum(coalesce(x, 0.5)) AS a, min(coalesce(x, 0.5)) AS b, avg(coalesce(x, 0.5)) AS c
// aggregates over no numbers that might have been floats
UNWIND [] AS y UNWIND [1, 2.5] AS x RETURN sum(x) AS a, avg(x) AS b, min(x) AS c, max(x) AS d
// whole numbers and floats in order
UNWIND [3, 2.5, null, 1, 9007199254740993, 9007199254740992, -1.5] AS x RETURN x ORDER BY x
// whole numbers and floats in reverse order
UNWIND [3, 2.5, null, 1, 9007199254740993, 9007199254740992, -1.5] AS x RETURN x ORDER BY x DESC LIMIT 4
// functions of whole numbers and floats
UNWIND [3, 2.5, null, -1, -1.5] AS x RETURN toString(x) AS a, 'n' + x AS b, abs(x) AS c, sign(x) AS d, toInteger(x) AS e, toFloat(x) AS f, round(x) AS g, ceil(x) AS h, sqrt(abs(x)) AS i, round(x, 1) AS j
// money, or 0
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(:Product {category: 'Home'}) WITH c, coalesce(r.amount, 0) AS v RETURN c.customer_id AS k, sum(v) AS a, avg(v) AS b, max(v) AS c, min(v) AS d, count(v) AS e
// sums of money by a condition
MATCH (c:Customer)-[r:PURCHASED]->(p) RETURN c.customer_id AS k, sum(CASE WHEN p.category = 'Home' THEN r.amount ELSE 0 END) AS a, sum(CASE WHEN p.category = 'Home' THEN r.amount / 2 ELSE 0 END) AS b, sum(CASE WHEN p.category = 'none' THEN r.amount ELSE 0 END) AS c, sum(r.amount) AS d ORDER BY a DESC, k
// conditions on money, or 0
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(:Product {category: 'Home'}) WITH c, r, coalesce(r.amount, 0) AS v WHERE v >= 300 OR v = 0 RETURN c.customer_id AS k, v, v + 1 AS a, v * 0.5 AS b, v / 2 AS d, toString(v) AS e ORDER BY v, k
// the least of money, floats and whole numbers
MATCH (n:Product) UNWIND [n.price, n.price / 2, 1, 300] AS v RETURN min(v) AS a, max(v) AS b, sum(v) AS c, avg(v) AS d
// parameters of several kinds of numbers
MATCH (n:Product) RETURN n.product_id AS k, n.price IN $numbers AS a, n.price / 2 IN $numbers AS b, n.product_id IN $numbers AS c, [x IN $numbers WHERE x > n.price] AS d, [x IN $numbers | x + n.price] AS e
// groups of whole numbers and floats
UNWIND [1, 2.5, 3, null, 2.5, 3, null, 9007199254740993, 9007199254740992] AS x RETURN x, count(*) AS n
// distinct whole numbers and floats
UNWIND [1, 2.5, 3, null, 2.5, 3, null, 9007199254740993, 9007199254740992] AS x WITH DISTINCT x RETURN x, x + 1 AS y ORDER BY y
// 1 and 1.0 are one of a group
UNWIND [1, 1.0, 2.0, 2, 2.5, null] AS x WITH x, count(*) AS n RETURN x + 0.0 AS y, n
// how many numbers are distinct
UNWIND [1, 1.0, 2.0, 2, 2.5, null] AS x RETURN count(DISTINCT x) AS n, count(x) AS m
// sums by a condition as keys of groups
MATCH (c:Customer)-[r:PURCHASED]->(p) WITH c, sum(CASE WHEN p.category = 'Home' THEN r.amount ELSE 0 END) AS a MATCH (c)-[:INTERACTED]->(q) RETURN c.customer_id AS k, a, count(DISTINCT q) AS m ORDER BY a DESC, k LIMIT 3
// money, or 0, as a key of groups
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p:Product {category: 'Home'}) RETURN coalesce(p.price, 0) AS v, count(*) AS n, sum(r.amount) AS s ORDER BY v
// the rest by 0
UNWIND [1, 2.5] AS x RETURN x % 0.0 AS a, 1 % 0.0 AS b, 2.5 % 0 AS c, 10 % x AS d
// no numbers among whole numbers and floats
UNWIND [0.0 / 0.0, 1, 2.5, 1 / 0.0] AS x RETURN x > 1 AS a, x = x AS b, x + 1 AS c, toString(x) AS d
// no numbers among whole numbers and floats in order
UNWIND [0.0 / 0.0, 1, 2.5, null, -1 / 0.0] AS x RETURN x ORDER BY x
// the largest sums of money, or 0
MATCH (c:Customer)-[r:PURCHASED]->(p) RETURN c.customer_id AS k, sum(coalesce(r.amount, 0)) AS a, 100.0 * sum(CASE WHEN p.category = 'Home' THEN r.amount ELSE 0 END) / sum(r.amount) AS b ORDER BY a DESC, k LIMIT 3
// pattern comprehensions of money and floats
MATCH (c:Customer) RETURN c.customer_id AS k, [(c)-[r:PURCHASED]->(p) | CASE WHEN r.amount > 300 THEN r.amount ELSE p.price / 2 END] AS l, [(c)-[r:PURCHASED]->(p) | coalesce(r.amount / 2, 0)] AS m
// money of several labels
MATCH (n) RETURN coalesce(n.price, n.lifetime_value, 0) AS v, CASE WHEN n:Product THEN n.price ELSE n.lifetime_value / 2 END AS w, labels(n) AS l
// a condition of money, or what it costs
MATCH (c:Customer)-[r:PURCHASED]->(p) WHERE r.amount > coalesce(p.price, 0) AND coalesce(r.amount, 0) IN [r.amount, 1] RETURN count(*) AS n, max(CASE WHEN r.quantity > 1 THEN r.amount ELSE 0 END) - min(r.amount) AS d
// a float that is nothing
UNWIND [5, 0] AS x RETURN 0.0 AS a, x + 0.0 AS b, x * 0.0 AS c, [0.0, 0] AS d, 0.0 = x AS e, toString(0.0) AS f, -0.0 + 1 AS g, coalesce(null, 0.0) AS h
// an optional part with a condition of which a part reads nothing
MATCH (a:Customer) OPTIONAL MATCH (b:Product) WHERE b.name <> a.name OR [] = range(1, 4) RETURN DISTINCT a.segment AS k, b IS NULL AS n
// an optional part that shares a node, with a condition of parts
MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p) WHERE p.price > c.lifetime_value OR p.price < 100 OR true = false RETURN c.customer_id AS c, count(p.name) AS n
// a list and what may be null
UNWIND [1, null] AS x WITH x, collect(x) AS l RETURN x, [0.5] + x AS a, x + [0.5, null] AS b, l + x AS c, tail([1] + x) AS d, [1, null] + [x] AS e
