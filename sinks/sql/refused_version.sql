-- The version of what is noted of refused records: each insert makes a part, and no two have one name.
SELECT concat(toString(count()), '-', toString(groupBitXor(cityHash64(name)))) AS version
FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'refused_records'
