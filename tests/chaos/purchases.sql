-- What a customer has bought: as many rows as there are purchases, however often each was sent.
SELECT count() FROM transactions WHERE customer_id = {customer:UInt32} AND status = 'completed'
