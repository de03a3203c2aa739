MATCH (:Customer)-[p:PURCHASED]->(:Product) RETURN count(p) AS n
