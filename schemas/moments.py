"""Moments as people write them: ISO 8601, of UTC where no zone is named."""

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """The moment that a text names, with a zone.

    Raises:
        ValueError: it names none.
    """
    return aware(datetime.fromisoformat(text))


def aware(found: datetime) -> datetime:
    """The moment with a zone."""
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def written(found: datetime) -> str:
    """The moment as text, in UTC and to the millisecond, such as 2026-01-31T12:00:00.000Z."""
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
