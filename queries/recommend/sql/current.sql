-- The build that answers, as of when it was made, and a number that is another one once any product has changed.
SELECT
    max(b.build) AS build,
    argMax(b.as_of, b.build) AS as_of,
    (SELECT sum(version) + count() FROM products SETTINGS final = 0) AS digest
FROM recommendation_builds AS b
WHERE b.slice = -1 AND b.state = 'done'
