-- How many of its newest parts a table knows again. Blocks of the client have names, and each part made of one goes by
-- its: a block that comes twice, since nobody knew whether it had arrived, is taken in once by every table it reaches. The
-- Kafka engine's have none. What is replicated has a window of its own.
ALTER TABLE customers MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE erased_customers MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE products MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE transactions MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE purchased_by_product MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE product_buyers MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE customer_bounds MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE interactions MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE interacted_by_product MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE customer_features MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE churn_alerts MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE dead_letters MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE dead_letter_reasons MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE refused_records MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE external_id_claims MODIFY SETTING non_replicated_deduplication_window = ${window};
ALTER TABLE ingest_log MODIFY SETTING non_replicated_deduplication_window = ${window};
