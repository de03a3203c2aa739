-- Events counted in the features of all customers, and customers with a row.
SELECT count() AS customers, sum(views + carts + wishlists + reviews + shares) AS interactions, sum(orders) AS purchases
FROM customer_features
