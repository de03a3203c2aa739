-- All that is known of one dead letter.
SELECT
    toUnixTimestamp64Milli(stored_at) AS stored, reasons, replay, sent_offset,
    toUnixTimestamp64Milli(replay_noted_at) AS noted
FROM letters
WHERE topic = {topic:String} AND partition = {partition:Int32} AND offset = {offset:Int64}
