-- purpose: The most engaged customers: interactions weighed by kind, and purchases
-- parameters:
--   as_of            DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   days             UInt32                = 90             days looked back from as_of
--   view_weight      UInt32                = 1              points for a view
--   cart_weight      UInt32                = 3              points for a product put into the cart
--   wishlist_weight  UInt32                = 2              points for a product put on the wishlist
--   review_weight    UInt32                = 5              points for a review
--   share_weight     UInt32                = 4              points for a share
--   purchase_weight  UInt32                = 10             points for a completed purchase
--   limit            UInt32                = 100            rows
-- columns:
--   customer_id       customer
--   name              name
--   segment           segment
--   engagement_score  points
--   interactions      interactions of all kinds
--   views             of these, views
--   carts             of these, put into the cart
--   wishlists         of these, put on the wishlist
--   reviews           of these, reviews
--   shares            of these, shares
--   purchases         completed purchases
--   active_days       distinct UTC days with an interaction or a purchase
--   last_seen         time of the latest of these
WITH
    subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32}) AS since,
    (SELECT groupBitmapState(customer_id) FROM rollup_customers) AS known,
    (
        SELECT groupArray((id, score, views, carts, wishlists, reviews, shares, purchases, interactions))
        FROM
        (
            SELECT
                p.customer_id AS id,
                sum(p.views) AS views,
                sum(p.carts) AS carts,
                sum(p.wishlists) AS wishlists,
                sum(p.reviews) AS reviews,
                sum(p.shares) AS shares,
                sum(p.bought) AS purchases,
                sum(p.others) + views + carts + wishlists + reviews + shares AS interactions,
                views * {view_weight:UInt32} + carts * {cart_weight:UInt32} + wishlists * {wishlist_weight:UInt32}
                    + reviews * {review_weight:UInt32} + shares * {share_weight:UInt32} + purchases * {purchase_weight:UInt32} AS score
            FROM
            (
                SELECT customer_id, views, carts, wishlists, reviews, shares, others, 0 AS bought
                FROM rollup_activity
                WHERE customer_id != 0 AND month > toYYYYMM(since) AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
                UNION ALL
                SELECT customer_id, 0, 0, 0, 0, 0, 0, bought
                FROM rollup_customer_months
                WHERE customer_id != 0 AND bought > 0
                    AND month > toYYYYMM(since) AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
                UNION ALL
                -- The month that the first day looked at is in.
                SELECT customer_id, countIf(type = 'view'), countIf(type = 'cart'), countIf(type = 'wishlist'),
                    countIf(type = 'review'), countIf(type = 'share'),
                    countIf(type NOT IN ('view', 'cart', 'wishlist', 'review', 'share')), 0
                FROM interactions
                WHERE toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')}
                GROUP BY customer_id
                UNION ALL
                SELECT customer_id, 0, 0, 0, 0, 0, 0, count()
                FROM transactions
                WHERE toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')} AND status = 'completed'
                GROUP BY customer_id
            ) AS p
            GROUP BY p.customer_id
            HAVING bitmapContains(known, id)
            ORDER BY score DESC, id
            LIMIT {limit:UInt32}
        )
    ) AS best
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    t.row.2 AS engagement_score,
    t.row.9 AS interactions,
    t.row.3 AS views,
    t.row.4 AS carts,
    t.row.5 AS wishlists,
    t.row.6 AS reviews,
    t.row.7 AS shares,
    t.row.8 AS purchases,
    s.active_days AS active_days,
    s.last_seen AS last_seen
FROM (SELECT arrayJoin(best) AS row) AS t
INNER JOIN
(
    SELECT customer_id, name, segment FROM customers WHERE customer_id IN (SELECT arrayJoin(best).1)
) AS c ON c.customer_id = t.row.1
INNER JOIN
(
    SELECT customer_id, sum(bitCount(days)) AS active_days, max(latest) AS last_seen
    FROM
    (
        SELECT customer_id, month, groupBitOr(d.days) AS days, max(d.latest) AS latest
        FROM
        (
            SELECT customer_id, month, days, latest
            FROM rollup_activity
            WHERE customer_id IN (SELECT arrayJoin(best).1)
                AND month > toYYYYMM(since) AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
            UNION ALL
            SELECT customer_id, month, days, latest
            FROM rollup_customer_months
            WHERE customer_id IN (SELECT arrayJoin(best).1) AND bought > 0
                AND month > toYYYYMM(since) AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
            UNION ALL
            SELECT customer_id, 0, groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(ts))), max(ts)
            FROM interactions
            WHERE customer_id IN (SELECT arrayJoin(best).1) AND toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')}
            GROUP BY customer_id
            UNION ALL
            SELECT customer_id, 0, groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(ts))), max(ts)
            FROM transactions
            WHERE customer_id IN (SELECT arrayJoin(best).1) AND toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')}
                AND status = 'completed'
            GROUP BY customer_id
        ) AS d
        GROUP BY customer_id, month
    )
    GROUP BY customer_id
) AS s ON s.customer_id = t.row.1
ORDER BY engagement_score DESC, customer_id
