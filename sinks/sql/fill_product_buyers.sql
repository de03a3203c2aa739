-- The sets of buyers of the purchases that were stored before there were sets.
INSERT INTO product_buyers
SELECT product_id, groupBitmapState(customer_id) AS buyers, count() AS at_most
FROM purchased_by_product
GROUP BY product_id
