"""What a file is to become: known again by all that decides it."""

from pathlib import Path

from producers.replay.files import File
from producers.replay.jobs import Job
from producers.replay.mapping import Feed


def test_whose_ids_a_file_holds_is_part_of_what_it_becomes() -> None:
    """A file that was cut off would else go on half under one namespace and half under another."""
    columns = {"customer_id": "user", "product_id": "sku", "amount": "cents", "ts": "at"}
    feed = Feed(stream="transactions", columns=columns)
    other = Feed(stream="transactions", columns=columns, unit="minor")
    wider = Feed(stream="transactions", columns=columns, files="*.csv")
    jobs = [Job(File(Path("a.csv")), one, space) for one in (feed, other, wider) for space in ("", "shop-a", "shop-b")]
    assert len({job.mark for job in jobs}) == 6
    assert [job.mark for job in jobs[:3]] == [job.mark for job in jobs[6:]]
