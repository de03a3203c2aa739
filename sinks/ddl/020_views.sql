-- The graph's view of the same rows.

CREATE OR REPLACE VIEW purchased AS
SELECT transaction_id, customer_id, product_id, amount, quantity, channel, status, ts
FROM transactions
WHERE status = 'completed';

CREATE OR REPLACE VIEW customer_values AS
SELECT customer_id, sum(amount) AS lifetime_value
FROM transactions
WHERE status IN ('completed', 'refunded')
GROUP BY customer_id;

CREATE OR REPLACE VIEW customer_nodes AS
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.email AS email,
    c.segment AS segment,
    c.registration_date AS registration_date,
    c.acquisition_channel AS acquisition_channel,
    c.country AS country,
    coalesce(v.lifetime_value, toDecimal64(0, 2)) AS lifetime_value
FROM customers AS c
LEFT JOIN customer_values AS v ON v.customer_id = c.customer_id;

CREATE OR REPLACE VIEW category_nodes AS
SELECT DISTINCT category FROM products;

CREATE OR REPLACE VIEW brand_nodes AS
SELECT DISTINCT brand FROM products;

-- What is recommended now, a row for each customer and rank.
CREATE OR REPLACE VIEW recommendations AS
SELECT
    customer_id,
    rank,
    product_id,
    score,
    ['segment', 'category', 'interest', 'expansion', 'together', 'popular'][reason + 1] AS reason,
    because,
    shared,
    peers,
    segment,
    as_of,
    build
FROM recommendation_lists
ARRAY JOIN
    arrayEnumerate(products) AS rank,
    products AS product_id,
    scores AS score,
    reasons AS reason,
    because AS because,
    shared AS shared,
    peers AS peers
WHERE build = (SELECT max(b.build) FROM recommendation_builds AS b WHERE b.slice = -1 AND b.state = 'done');

-- Dead letters, one row each, with every reader's reason and what became of a replay ('', 'begun' or 'sent').
CREATE OR REPLACE VIEW letters AS
SELECT
    l.topic AS topic,
    l.partition AS partition,
    l.offset AS offset,
    l.record_ts AS record_ts,
    l.key AS key,
    l.value AS value,
    l.stored_at AS stored_at,
    CAST(
        if(empty(r.reasons), [(toString(l.stage), l.error)], r.reasons), 'Array(Tuple(reader String, error String))'
    ) AS reasons,
    p.state AS replay,
    p.search_from AS search_from,
    p.sent_offset AS sent_offset,
    p.noted_at AS replay_noted_at
FROM dead_letters AS l FINAL
LEFT JOIN
(
    SELECT topic, partition, offset, arraySort(groupArray((toString(stage), error))) AS reasons
    FROM dead_letter_reasons FINAL
    GROUP BY topic, partition, offset
) AS r ON r.topic = l.topic AND r.partition = l.partition AND r.offset = l.offset
LEFT JOIN
(
    SELECT topic, partition, offset, record_ts, state, search_from, sent_offset, noted_at
    FROM dead_letter_replays FINAL
) AS p ON p.topic = l.topic AND p.partition = l.partition AND p.offset = l.offset AND p.record_ts = l.record_ts;

-- The user's own ids of one kind (customer, product, session, transactions, interactions) and the numbers that stand for
-- them, as in external_ids(kind = 'customer'). Of a text, and of a number, the first claim that could hold does; two
-- replays that claim at the same time leave claims that do not. These are few: only claims that share a text or a number
-- are gone through one by one.
CREATE OR REPLACE VIEW external_ids AS
WITH
    claims AS
    (
        SELECT text, number, min(place) AS at
        FROM external_id_claims
        WHERE kind = {kind:String}
        GROUP BY text, number
    ),
    shared_texts AS (SELECT text FROM claims GROUP BY text HAVING count() > 1),
    shared_numbers AS (SELECT number FROM claims GROUP BY number HAVING count() > 1),
    shared AS
    (
        SELECT arrayFold(
            (held, claim) -> if(
                has(held.1, claim.2) OR has(held.2, claim.3),
                held,
                (arrayPushBack(held.1, claim.2), arrayPushBack(held.2, claim.3))
            ),
            arraySort(groupArray((at, text, number))),
            (emptyArrayString(), emptyArrayInt64())
        ) AS held
        FROM claims
        WHERE text IN shared_texts OR number IN shared_numbers
    )
SELECT text, number
FROM claims
WHERE text NOT IN shared_texts AND number NOT IN shared_numbers
UNION ALL
SELECT one.1 AS text, one.2 AS number
FROM shared
ARRAY JOIN arrayZip(held.1, held.2) AS one;
