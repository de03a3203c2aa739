-- VIP and Premium; all segments there are where nobody is in these, as in a history of one's own.
SELECT if(hasAny(names, ['VIP', 'Premium']), ['VIP', 'Premium'], names)
FROM
(
    SELECT arraySort(groupArray(toString(segment))) AS names
    FROM (SELECT segment FROM rollup_customers GROUP BY segment)
)
