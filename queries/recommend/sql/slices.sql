-- The slices of a build that are stored.
SELECT DISTINCT slice
FROM recommendation_builds
WHERE build = {build:UInt64} AND slice >= 0
SETTINGS final = 0
