-- The reasons of the dead letters that were stored before reasons were kept beside them: the one each has.
INSERT INTO dead_letter_reasons
SELECT topic, partition, offset, stage, error, stored_at
FROM dead_letters
