multiIf(
        segment = '' OR acquisition_channel = '', 'a field that has no default is missing',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        version < 0, 'the version is negative',
        '')
