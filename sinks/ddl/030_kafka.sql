-- How the engine reaches Kafka. librdkafka's own settings go in here (the Kafka engine has no other place for them).
CREATE NAMED COLLECTION ${kafka_collection} AS
    kafka_broker_list = '${kafka_bootstrap}',
    kafka_topic_list = '',
    kafka_group_name = '',
    kafka_format = 'AvroConfluent'${kafka_options};
