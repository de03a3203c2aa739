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
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    e.views * {view_weight:UInt32} + e.carts * {cart_weight:UInt32} + e.wishlists * {wishlist_weight:UInt32}
        + e.reviews * {review_weight:UInt32} + e.shares * {share_weight:UInt32} + e.purchases * {purchase_weight:UInt32} AS engagement_score,
    e.interactions AS interactions,
    e.views AS views,
    e.carts AS carts,
    e.wishlists AS wishlists,
    e.reviews AS reviews,
    e.shares AS shares,
    e.purchases AS purchases,
    e.active_days AS active_days,
    e.last_seen AS last_seen
FROM customers AS c
INNER JOIN
(
    SELECT
        customer_id,
        countIf(kind != 'purchase') AS interactions,
        countIf(kind = 'view') AS views,
        countIf(kind = 'cart') AS carts,
        countIf(kind = 'wishlist') AS wishlists,
        countIf(kind = 'review') AS reviews,
        countIf(kind = 'share') AS shares,
        countIf(kind = 'purchase') AS purchases,
        uniqExact(toDate(ts)) AS active_days,
        max(ts) AS last_seen
    FROM
    (
        SELECT customer_id, toString(type) AS kind, ts FROM interactions
        UNION ALL
        SELECT customer_id, 'purchase' AS kind, ts FROM transactions WHERE status = 'completed'
    )
    WHERE ts <= {as_of:DateTime64(3, 'UTC')}
        AND ts >= toDateTime64(subtractMonths(toStartOfMonth({as_of:DateTime64(3, 'UTC')}), {months:UInt16} - 1), 3, 'UTC')
    GROUP BY customer_id
) AS e ON e.customer_id = c.customer_id
ORDER BY engagement_score DESC, customer_id
LIMIT {limit:UInt32}
