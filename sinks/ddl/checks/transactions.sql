multiIf(
        channel = '' OR status = '', 'a field that has no default is missing',
        transaction_id < 0, 'the event id is negative',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        product_id < 1 OR product_id > 4294967295, 'the product id is not 1 to 4294967295',
        amount > toDecimal64('9999999999.99', 2) OR amount < toDecimal64('-9999999999.99', 2),
        'the amount has more digits than its schema allows',
        ts < toDateTime64('2000-01-01 00:00:00', 3, 'UTC'), 'the event time is before the year 2000',
        toUnixTimestamp64Milli(ts) > toUnixTimestamp64Milli(record_time) + 3600000,
        'the event time is more than an hour ahead of the record''s timestamp',
        '')
