-- Electronics where it is sold; otherwise the category where a purchase is worth most.
SELECT category
FROM
(
    SELECT toString(p.category) AS category, avg(t.amount) AS worth
    FROM products AS p
    LEFT JOIN
    (
        SELECT product_id, avgIf(s.amount, s.status = 'completed') AS amount
        FROM transactions AS s
        WHERE s.ts <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY product_id
    ) AS t ON t.product_id = p.product_id
    GROUP BY category
)
ORDER BY category = 'Electronics' DESC, worth DESC, category
LIMIT 1
