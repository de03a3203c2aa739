"""The record that erases a customer for good. It holds nothing but the number, and no other is newer."""

import datetime as dt
from typing import Any

from schemas.ids import LAST_VERSION


def erasure(customer_id: int) -> dict[str, Any]:
    """As the topic `customers` has it.

    No tombstone follows it: compaction keeps the newest record of a key, and who reads the topic from its beginning
    must still know whom not to bring back.
    """
    return {
        "customer_id": customer_id, "name": "", "email": "", "segment": "UNKNOWN",
        "registration_date": dt.date(1970, 1, 1), "acquisition_channel": "UNKNOWN", "country": "",
        "version": LAST_VERSION, "deleted": True,
    }  # fmt: skip
