-- Dead letters by topic, reader and reason.
SELECT topic, one.reader AS reader, one.error AS reason, count() AS letters, countIf(replay = 'sent') AS replayed
FROM
(
    SELECT topic, reasons, replay
    FROM letters
    WHERE ${filter}
)
ARRAY JOIN reasons AS one
GROUP BY topic, reader, reason
ORDER BY letters DESC, topic, reader, reason
