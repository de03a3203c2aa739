"""Words of `c360 dead-letters` that are wrong: one line, exit code 2, before anything is asked."""

from urllib.parse import quote

import pytest

from ops.letters.command import dead_letters_command
from ops.letters.letters import Filter, Identity, refusals
from ops.letters.replay import alone
from schemas.cli import exit_code
from schemas.errors import C360Error, UsageError
from schemas.settings import Settings


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--offsets", "9-3"], "the first is behind the last"),
        (["list", "--offsets", "-"], "expected A-B"),
        (["list", "--offsets", "a-b"], "expected A-B"),
        (["list", "--offsets", f"0-{1 << 63}"], "behind"),
        (["list", "--since", "yesterday"], "--since has the value 'yesterday'"),
        (["replay", "--until", "soon"], "--until has the value 'soon'"),
        (["list", "--reader", "nobody"], "nobody"),
        (["list", "--limit", "0"], "--limit"),
        (["list", "--partition", "-1"], "--partition"),
        (["show", "c360.transactions/0"], "is not TOPIC/PARTITION/OFFSET"),
        (["list", "--offsets", "9" * 5000], "expected A-B"),
        (["show", f"transactions/0/{'9' * 5000}"], "is not TOPIC/PARTITION/OFFSET"),
        (["show", "transactions/x/1"], "is not TOPIC/PARTITION/OFFSET"),
    ],
)
def test_words_that_choose_nothing(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(dead_letters_command, words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_topic_may_have_dots_and_no_slash() -> None:
    assert Identity.of("c360.customer-features/3/17") == ("c360.customer-features", 3, 17)
    with pytest.raises(UsageError):
        Identity.of("a/b/1/2")


def test_what_is_free_sql_is_never_a_parameter_and_all_else_is() -> None:
    chosen = Filter(topic="x' OR 1 = 1 --", where="offset % 2 = 0")
    assert "where" not in chosen.parameters
    assert chosen.parameters["topic"] == "x' OR 1 = 1 --"


def test_bytes_of_a_command_line_that_are_no_text_are_one_line() -> None:
    with pytest.raises(UsageError, match=r"'\\udcff' is no text"), refusals():
        quote("\udcff")


def test_two_replays_at_once_are_refused(tmp_path: object) -> None:
    here = Settings(home=tmp_path)
    with alone(here), pytest.raises(C360Error, match="Another replay"), alone(here):
        raise AssertionError("both are in")
    with alone(here):
        pass
