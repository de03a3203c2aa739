-- purpose: The most engaged customers: interactions weighed by kind, and purchases
-- parameters:
--   as_of            DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   months           UInt16                = 3              calendar months looked at, the running one included
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
toYYYYMM(subtractMonths(toStartOfMonth({as_of:DateTime64(3, 'UTC')}), {months:UInt16} - 1)) AS first_month,
(SELECT groupBitmapState(customer_id) FROM rollup_customers) AS known,
(
    SELECT groupArray((customer_id, score))
    FROM
    (
        SELECT p.customer_id AS customer_id, sum(p.points) AS score
        FROM
        (
            SELECT
                customer_id,
                views * {view_weight:UInt32} + carts * {cart_weight:UInt32} + wishlists * {wishlist_weight:UInt32}
                    + reviews * {review_weight:UInt32} + shares * {share_weight:UInt32} AS points
            FROM rollup_activity
            WHERE customer_id != 0 AND month >= first_month
            UNION ALL
            SELECT customer_id, bought * {purchase_weight:UInt32}
            FROM rollup_customer_months
            WHERE customer_id != 0 AND bought > 0 AND month >= first_month
        ) AS p
        GROUP BY p.customer_id
        HAVING bitmapContains(known, customer_id)
        ORDER BY score DESC, customer_id
        LIMIT {limit:UInt32}
    )
) AS best
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    t.row.2 AS engagement_score,
    s.interactions AS interactions,
    s.views AS views,
    s.carts AS carts,
    s.wishlists AS wishlists,
    s.reviews AS reviews,
    s.shares AS shares,
    s.purchases AS purchases,
    s.active_days AS active_days,
    s.last_seen AS last_seen
FROM (SELECT arrayJoin(best) AS row) AS t
INNER JOIN
(
    SELECT customer_id, name, segment FROM customers WHERE customer_id IN (SELECT arrayJoin(best).1)
) AS c ON c.customer_id = t.row.1
INNER JOIN
(
    SELECT
        customer_id,
        sum(m.views) AS views,
        sum(m.carts) AS carts,
        sum(m.wishlists) AS wishlists,
        sum(m.reviews) AS reviews,
        sum(m.shares) AS shares,
        sum(m.others) + views + carts + wishlists + reviews + shares AS interactions,
        sum(m.purchases) AS purchases,
        sum(bitCount(m.days)) AS active_days,
        max(m.latest) AS last_seen
    FROM
    (
        SELECT
            d.customer_id AS customer_id,
            sum(d.views) AS views,
            sum(d.carts) AS carts,
            sum(d.wishlists) AS wishlists,
            sum(d.reviews) AS reviews,
            sum(d.shares) AS shares,
            sum(d.others) AS others,
            sum(d.purchases) AS purchases,
            groupBitOr(d.days) AS days,
            max(d.latest) AS latest
        FROM
        (
            SELECT customer_id, month, views, carts, wishlists, reviews, shares, others, 0 AS purchases, days, latest
            FROM rollup_activity
            WHERE customer_id IN (SELECT arrayJoin(best).1) AND month >= first_month
            UNION ALL
            SELECT customer_id, month, 0, 0, 0, 0, 0, 0, bought, days, latest
            FROM rollup_customer_months
            WHERE customer_id IN (SELECT arrayJoin(best).1) AND bought > 0 AND month >= first_month
        ) AS d
        GROUP BY d.customer_id, d.month
    ) AS m
    GROUP BY customer_id
) AS s ON s.customer_id = t.row.1
ORDER BY engagement_score DESC, customer_id
