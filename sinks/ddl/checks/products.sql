multiIf(
        name = '' AND category = '' AND brand = '' AND launch_date = '1970-01-01' AND NOT deleted,
        'a field that has no default is missing',
        product_id < 1 OR product_id > 4294967295, 'the product id is not 1 to 4294967295',
        version < 0, 'the version is negative',
        '')
