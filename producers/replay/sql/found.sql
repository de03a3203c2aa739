-- What is known of some texts.
SELECT ids.text, ids.number, ids.content
FROM json_each(:texts) AS asked
JOIN ids ON ids.kind = :kind AND ids.text = asked.value
