greatest(
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_([0-9]+)')),
        toUInt64OrZero(extract(_part, '^[0-9]+_[0-9]+_[0-9]+_[0-9]+_([0-9]+)$')))
