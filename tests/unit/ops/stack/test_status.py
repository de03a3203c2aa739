"""A status, for people and for programs."""

from ops.stack.status import PartStatus, Status
from ops.stack.view import lines

UP = Status(
    {"kafka": PartStatus("running", 17), "registry": PartStatus("external", None)},
    {"c360.group": 1234},
    {"transactions": 1_000_000},
    0.25,
)


def test_json_has_the_shape_that_scripts_depend_on() -> None:
    assert UP.as_json() == {
        "parts": {"kafka": {"state": "running", "pid": 17}, "registry": {"state": "external", "pid": None}},
        "lag": {"c360.group": 1234},
        "rows": {"transactions": 1_000_000},
        "freshness_seconds": 0.25,
    }
    assert UP.up


def test_what_is_not_known_is_left_out() -> None:
    down = Status({"kafka": PartStatus("down", None)})
    assert not down.up
    assert lines(down) == ["kafka              down"]
    assert down.as_json()["rows"] is None


def test_people_read_separated_thousands() -> None:
    said = "\n".join(lines(UP))
    assert "pid 17" in said
    assert "1,234" in said
    assert "1,000,000" in said
    assert "freshness: 0.25 s" in said
