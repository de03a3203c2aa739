-- Key and value of a dead letter.
SELECT key, value
FROM dead_letters FINAL
WHERE
    topic = {topic:String} AND partition = {partition:Int32} AND offset = {offset:Int64}
    AND record_ts = fromUnixTimestamp64Milli({timestamp:Int64})
