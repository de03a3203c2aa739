CREATE CONSTRAINT customer FOR (c:Customer) REQUIRE c.customer_id IS UNIQUE;
CREATE CONSTRAINT product FOR (p:Product) REQUIRE p.product_id IS UNIQUE;
CREATE CONSTRAINT category FOR (k:Category) REQUIRE k.name IS UNIQUE;
CREATE CONSTRAINT brand FOR (b:Brand) REQUIRE b.name IS UNIQUE;
CREATE INDEX segment FOR (c:Customer) ON (c.segment);
CREATE INDEX offer FOR (p:Product) ON (p.category, p.price);
CREATE INDEX purchase_time FOR ()-[r:PURCHASED]-() ON (r.ts);
CALL db.awaitIndexes(600);
