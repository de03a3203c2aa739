"""Where chaos keeps the SQL and the Cypher it asks, and whom it asks about everything."""

from importlib import resources

from queries.database import HttpDatabase
from schemas.settings import Settings

#: A report by the rows of a month with tens of millions of purchases takes longer than ClickHouse's client waits.
ANSWER_SECONDS = 3600


def text(name: str) -> str:
    """The question in tests/chaos/{name}."""
    return (resources.files("tests.chaos") / name).read_text(encoding="utf-8")


def whole(settings: Settings) -> HttpDatabase:
    """ClickHouse, for questions about all there is: the reading user has too little time and memory for them."""
    unlimited = {
        "clickhouse_url": f"{settings.clickhouse}?send_receive_timeout={ANSWER_SECONDS}",
        "clickhouse_reader_user": settings.clickhouse_writer_user,
        "clickhouse_reader_password": settings.writer_password,
    }
    return HttpDatabase(settings.model_copy(update=unlimited))
