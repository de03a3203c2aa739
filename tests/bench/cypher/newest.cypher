// When the newest purchase happened and the newest interaction since a moment; null without any.
MATCH ()-[bought:PURCHASED]->()
WHERE bought.ts >= $since
WITH max(bought.ts) AS purchase
MATCH ()-[acted:INTERACTED]->()
WHERE acted.ts >= $since
RETURN purchase, max(acted.ts) AS interaction
