-- Dead letters by topic.
SELECT topic, count() AS records FROM dead_letters FINAL GROUP BY topic ORDER BY topic
