-- The server's version and its clock, seconds since 1970.
SELECT version(), toFloat64(now64(3))
