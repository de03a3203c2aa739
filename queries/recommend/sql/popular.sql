-- What each segment and, as segment '', everybody buys most.
SELECT segment, product_id, peers
FROM recommendation_popular
WHERE build = {build:UInt64}
ORDER BY segment, rank
