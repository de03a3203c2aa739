-- The texts that some numbers stand for. CROSS JOIN keeps the order: each number is looked up, nothing is scanned.
SELECT ids.number, ids.text
FROM json_each(:numbers) AS asked
CROSS JOIN ids INDEXED BY numbers
WHERE ids.kind = :kind AND ids.number = asked.value
