-- The texts that some numbers stand for.
SELECT ids.number, ids.text
FROM json_each(:numbers) AS asked
JOIN ids ON ids.kind = :kind AND ids.number = asked.value
