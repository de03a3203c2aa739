-- What is known of some texts. CROSS JOIN keeps the order: each text is looked up, nothing is scanned.
SELECT ids.text, ids.number, ids.content
FROM json_each(:texts) AS asked
CROSS JOIN ids
WHERE ids.kind = :kind AND ids.text = asked.value
