-- dead_letters keeps a record once, whoever refused it; every reader's reason is kept beside it. From that table and not
-- from the streams: whatever is written there has a reason, by whichever way it came.
CREATE MATERIALIZED VIEW keep_dead_letter_reasons TO dead_letter_reasons AS
SELECT topic, partition, offset, stage, error, stored_at
FROM dead_letters;
