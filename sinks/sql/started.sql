-- When the server started, in s; no later than it did: both are cut off.
SELECT toUnixTimestamp(now()) - uptime() - 2 AS started
