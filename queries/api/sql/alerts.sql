-- Churn alerts, the newest first, those behind (before, last_id) alone; empty texts and 0 stand for any.
SELECT alert_id, customer_id, kind, score, previous_score, reason, segment, lifetime_value, as_of
FROM churn_alerts
WHERE
    ({customer_id:UInt32} = 0 OR customer_id = {customer_id:UInt32})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({segment:String} = '' OR segment = {segment:String})
    AND as_of >= {since:DateTime64(3, 'UTC')}
    AND (as_of, alert_id) < ({before:DateTime64(3, 'UTC')}, {last_id:String})
ORDER BY as_of DESC, alert_id DESC
LIMIT {limit:UInt32}
