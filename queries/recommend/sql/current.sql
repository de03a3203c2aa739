-- The newest build that is whole, and as of when it was made.
SELECT build, as_of
FROM recommendation_builds
WHERE slice = -1 AND state = 'done'
ORDER BY build DESC
LIMIT 1
