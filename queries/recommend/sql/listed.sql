-- Who has a list in a build, as one row.
SELECT groupArray(customer_id) AS customers
FROM recommendation_lists
WHERE build = {build:UInt64}
SETTINGS final = 0
