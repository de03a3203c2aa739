MATCH (:Customer)-[i:INTERACTED]->(:Product) RETURN count(i) AS n
