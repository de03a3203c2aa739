"""What `make run` recommends: every customer has a list once the history is there, and a second run computes none."""

import io

import pyarrow as pa  # type: ignore[import-untyped]  # ships without types
import pytest
from rich.console import Console

from ops.demo.recommending import recommend
from queries.recommend.serving import Recommender
from schemas.errors import C360Error
from schemas.settings import Settings
from sinks.migrate import migrate
from tests.support.engine import start_engine


def test_the_first_run_recommends_and_the_next_one_finds_it_done(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.migrate.refuse_readers", lambda *_: None)  # there is no Kafka, and nobody reads
    with start_engine(tmp_path_factory.mktemp("demo")) as engine:
        client = engine.client()
        migrate(client, Settings(clickhouse_ingest="client"))
        names = ["customer_id", "segment", "version"]
        client.insert("customers", [[number, "VIP", 1] for number in range(1, 41)], column_names=names)
        goods = {"product_id": range(1, 31), "stock_quantity": [5] * 30, "version": [1] * 30}
        kinds = {"product_id": pa.uint32(), "stock_quantity": pa.int32(), "version": pa.uint64()}
        columns = {name: pa.array(goods[name], kind) for name, kind in kinds.items()}
        client.insert_arrow("products", pa.table(columns))
        names = ["transaction_id", "customer_id", "product_id", "status"]
        bought = [[number, number % 40 + 1, number % 7 + 1, "completed"] for number in range(120)]
        client.insert("transactions", bought, column_names=names)
        here = Settings(
            home=engine.home,
            clickhouse_url=engine.url,
            clickhouse_writer_password=engine.writer.password,
            clickhouse_reader_password=engine.reader.password,
        )
        said = io.StringIO()
        recommend(Console(file=said, width=180), here)
        assert "recommendations of 40 customers in" in said.getvalue()
        recommender = Recommender(here)
        assert recommender.of(7).source == "own"
        recommender.close()
        again = io.StringIO()
        recommend(Console(file=again), here)
        assert again.getvalue() == ""
        client.command("TRUNCATE TABLE recommendation_builds SYNC")
        wrong = here.model_copy(update={"clickhouse_writer_password": "another"})
        with pytest.raises(C360Error, match=r"were not computed, for the reason above"):
            recommend(Console(file=said), wrong)
        client.close()
