-- When the server started, in s.
SELECT toUnixTimestamp(now()) - uptime() AS started
