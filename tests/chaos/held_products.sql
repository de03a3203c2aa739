-- What is known of each product.
SELECT product_id, version, name, category, brand, price, stock_quantity, launch_date FROM products FINAL
