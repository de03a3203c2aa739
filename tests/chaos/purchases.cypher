// What a customer has bought: as many edges as there are purchases.
MATCH (c:Customer {customer_id: $customer})-[bought:PURCHASED]->(:Product) RETURN count(bought) AS purchases
