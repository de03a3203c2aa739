"""A report as a person reads it."""

from decimal import Decimal

from queries.use_cases.report import Chart, Conclusion, Report, Step, UseCase
from queries.use_cases.show import drawn, shown


def made(step: Step, conclusion: Conclusion) -> Report:
    return Report(UseCase("9", "Made up", "nobody", (), lambda *_: conclusion), [step], conclusion)


def test_a_long_parameter_is_cut_on_the_line_of_its_step() -> None:
    step = Step("Counted", "use_cases/sql/x.sql", {"bundles": [[1, 2]] * 100}, ("n",), [(1,)], 1.0)
    text = shown(made(step, Conclusion(("n",), [(1,)], "Do it.")), terminal=False)
    (line,) = [line for line in text.splitlines() if line.startswith("1. Counted")]
    assert line.endswith("...)")
    assert len(line) < 120


def test_without_rows_the_sentence_stands_alone() -> None:
    text = shown(made(Step("Counted", "x", {}, ("n",), [], 1.0), Conclusion(("n",), [], "Nothing.")), terminal=False)
    assert text.splitlines()[2:] == ["1. Counted (x)", "", "(no rows)", "", "Nothing."]


def test_a_terminal_shows_money_and_no_markup_of_names() -> None:
    conclusion = Conclusion(("name", "value"), [("[red]Ann", Decimal("1234.5"))], "Do it.")
    text = shown(made(Step("Counted", "x", {}, ("n",), [(1,)], 1.0), conclusion), terminal=True)
    assert "[red]Ann" in text
    assert "1,234.50" in text


def test_bars_of_nothing_and_below_nothing_have_no_length() -> None:
    lines = drawn(Chart("Value", "USD", [("a", 0.0), ("bb", -3.0)])).splitlines()
    assert lines == ["Value (USD)", f"  a   {' ' * 40}  0.00", f"  bb  {' ' * 40}  -3.00"]
