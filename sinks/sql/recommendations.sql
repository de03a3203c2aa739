-- Up to when events count in the recommendations that answer: by their complete refresh, and by the last one of active
-- customers if one came after it.
SELECT if(b.slice = -1, 'complete', 'active') AS refresh, toFloat64(max(b.as_of)) AS as_of
FROM recommendation_builds AS b
WHERE b.slice < 0
    AND b.build = (SELECT max(d.build) FROM recommendation_builds AS d WHERE d.slice = -1 AND d.state = 'done')
GROUP BY refresh
ORDER BY refresh
