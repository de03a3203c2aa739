// Times are in milliseconds.
CREATE NODE TABLE Customer(customer_id INT64 PRIMARY KEY, name STRING, segment STRING, lifetime_value DOUBLE);
CREATE NODE TABLE Product(
    product_id INT64 PRIMARY KEY, name STRING, category STRING, brand STRING, price DOUBLE, stock_quantity INT64
);
CREATE NODE TABLE Category(name STRING PRIMARY KEY);
CREATE NODE TABLE Brand(name STRING PRIMARY KEY);
CREATE REL TABLE PURCHASED(
    FROM Customer TO Product, transaction_id INT64, amount DOUBLE, quantity INT64, channel STRING, ts INT64
);
CREATE REL TABLE INTERACTED(FROM Customer TO Product, type STRING, ts INT64);
CREATE REL TABLE BELONGS_TO(FROM Product TO Category);
CREATE REL TABLE MANUFACTURED_BY(FROM Product TO Brand);
