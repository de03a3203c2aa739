"""Event ids: a 13-bit source number above a dense 40-bit sequence, so that a repeat is known by its id alone.

They stay below 2^53, which an Avro long, Bolt and JavaScript all hold.
"""

SEQUENCE_BITS = 40
MAX_SOURCE = (1 << 13) - 1
MAX_SEQUENCE = (1 << SEQUENCE_BITS) - 1
#: Customers and products are numbered from 1.
MAX_ENTITY = (1 << 32) - 1
#: Of who is erased for good: no producer and no file gives a higher one, so that whatever comes again is older.
LAST_VERSION = (1 << 53) - 1


def event_id(source: int, sequence: int) -> int:
    """The id of event number `sequence` (0 to 2^40-1) of a source (0 to 8191)."""
    if not 0 <= source <= MAX_SOURCE or not 0 <= sequence <= MAX_SEQUENCE:
        raise ValueError(f"source {source} or sequence {sequence} is out of range")
    return source << SEQUENCE_BITS | sequence
