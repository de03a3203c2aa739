multiIf(
        version < 0, 'the version is negative',
        version > 9007199254740991, 'the version is more than 9007199254740991',
        '')
