-- One customer at moments given in ms.
SELECT {first:UInt32} AS customer_id, fromUnixTimestamp64Milli(arrayJoin({moments:Array(Int64)}), 'UTC') AS as_of
