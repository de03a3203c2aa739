-- What is noted of streams that are held or were, and when it was noted, in ms.
SELECT name, value, toUnixTimestamp64Milli(changed_at) AS at
FROM installation FINAL
WHERE startsWith(name, {prefix:String})
ORDER BY name
