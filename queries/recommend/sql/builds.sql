-- Builds by number: their state, as of when they were made, and until when active customers were refreshed in them.
SELECT
    b.build AS build,
    argMaxIf(toString(b.state), b.noted_at, b.slice = -1) AS state,
    argMaxIf(b.as_of, b.noted_at, b.slice = -1) AS as_of,
    maxIf(b.as_of, b.slice < 0) AS refreshed
FROM recommendation_builds AS b
GROUP BY b.build
ORDER BY b.build
SETTINGS final = 0
