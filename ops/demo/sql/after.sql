-- Events later than a moment.
SELECT
    (SELECT count() FROM transactions WHERE ts > parseDateTime64BestEffort({moment:String}, 3, 'UTC'))
    + (SELECT count() FROM interactions WHERE ts > parseDateTime64BestEffort({moment:String}, 3, 'UTC')) AS events
