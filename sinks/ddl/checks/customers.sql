multiIf(
        segment = '' OR acquisition_channel = '', 'a field that has no default is missing',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        version < 0, 'the version is negative',
        version > 9007199254740991, 'the version is more than 9007199254740991',
        version = 9007199254740991 AND NOT deleted,
        'the version is 9007199254740991, which is for those who are erased for good',
        '')
