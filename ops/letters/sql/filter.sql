(empty({topic:String}) OR topic = {topic:String})
    AND ({partition:Int32} < 0 OR partition = {partition:Int32})
    AND offset BETWEEN {first:Int64} AND {last:Int64}
    AND toUnixTimestamp64Milli(stored_at) BETWEEN {since:Int64} AND {until:Int64}
    AND arrayExists(
        one -> (empty({reader:String}) OR one.reader = {reader:String})
            AND (empty({reason:String}) OR positionCaseInsensitiveUTF8(one.error, {reason:String}) > 0),
        reasons)
    AND (
${where}
)
