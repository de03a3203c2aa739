CREATE TABLE queue_churn_alerts
(
    alert_id String,
    customer_id UInt32,
    kind String,
    score Float64,
    previous_score Float64,
    reason String,
    segment String,
    lifetime_value Decimal(18, 2),
    as_of DateTime64(3, 'UTC')${received}
)
${engine};

CREATE TABLE stream_churn_alerts ENGINE = Null EMPTY AS
SELECT *, ${record_columns} FROM queue_churn_alerts;

CREATE MATERIALIZED VIEW keep_churn_alerts TO churn_alerts AS
SELECT alert_id, customer_id, kind, score, previous_score, reason, segment, lifetime_value, as_of
FROM stream_churn_alerts
WHERE length(record_error) = 0 AND customer_id NOT IN (SELECT customer_id FROM erased_customers);
