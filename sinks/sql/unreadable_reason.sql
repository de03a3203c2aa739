-- Why ClickHouse refused a record.
SELECT error
FROM dead_letter_reasons FINAL
WHERE topic = {topic:String} AND partition = {partition:Int32} AND offset = {offset:Int64} AND stage = 'sinks'
