-- How many complete refreshes of recommendations have ended.
SELECT count() FROM recommendation_builds WHERE slice = -1 AND state = 'done'
