"""`python -m stream_processors.churn fit`: fits the churn model to histories whose hidden truth is known."""

import json
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from schemas.cli import run
from schemas.errors import C360Error, UsageError
from stream_processors.churn import measures
from stream_processors.churn.fit import fitted
from stream_processors.churn.history import MONTH, Sample, Truth, joined, read_history, read_truth, simulated, weeks
from stream_processors.churn.model import ChurnModel

SHIPPED = Path(__file__).with_name("model.json")
#: Before, hardly anybody is known; the tenth month's end.
FIRST_DAY, LAST_DAY = 63.0, 10 * MONTH


@click.group()
def main() -> None:
    """The churn model."""


@main.command()
@click.option("--seeds", default="42", show_default=True, help="of the worlds that are made for it, for instance 42,43")
@click.option("--customers", type=click.IntRange(1), default=200_000, show_default=True, help="of each world")
@click.option("--history", type=click.Path(path_type=Path), help="a history as Parquet files, instead of making one")
@click.option("--labels", type=click.Path(path_type=Path), help="its hidden truth")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="[default: the model that ships]")
@click.option("--json", "as_json", is_flag=True, help="end with the figures as one JSON object")
def fit(seeds: str, customers: int, history: Path | None, labels: Path | None, to: Path | None, as_json: bool) -> None:
    """Fits the model on months 1 to 10, looked at every week, and writes it with how it was fitted.

    The figures it prints are those of the rows it was fitted on; `python -m tests.bench churn` judges it on others.
    """
    if (history is None) != (labels is None):
        raise UsageError("--history and --labels go together.")
    library = _library()
    if history is not None and labels is not None:
        worlds: dict[str, Any] = {"history": history.name}
        found = [(read_history(history), read_truth(labels))]
        samples = [sample for known, truth in found for sample in weeks(known, truth, FIRST_DAY, LAST_DAY)]
        digest = found[0][1].world
    else:
        chosen = _seeds(seeds)
        worlds = {"seeds": chosen, "customers": customers}
        samples, digest = _made(chosen, customers)
    if not sum(len(sample.at) for sample in samples):
        raise UsageError("Nobody with two purchases is there to fit to: take more customers.")
    sample = joined(samples)
    how = {
        "by": f"python -m stream_processors.churn fit, scikit-learn {library}",
        "world": digest,
        **worlds,
        "days": [FIRST_DAY, LAST_DAY],
        "simulated": history is None,
    }
    target = to or SHIPPED
    model = fitted(sample, next_version(target), how)
    target.write_text(json.dumps(model, indent=2) + "\n", encoding="utf-8")
    figures = judged(ChurnModel(model), sample)
    for name, value in figures.items():
        click.echo(f"{name}={value}")
    click.echo(f"written to {target}")
    if as_json:
        click.echo(json.dumps(figures))


def _library() -> str:
    try:
        return metadata.version("scikit-learn")
    except metadata.PackageNotFoundError:
        raise C360Error("Fitting needs scikit-learn, which 'make setup' installs; scoring does not.") from None


def _made(seeds: list[int], customers: int) -> tuple[list[Sample], str]:
    samples: list[Sample] = []
    digest = ""
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="c360-churn-") as folder:
            known, truth = simulated(seed, customers, Path(folder))
        digest = _same_world(digest, truth)
        samples += weeks(known, truth, FIRST_DAY, LAST_DAY)
    return samples, digest


def _same_world(digest: str, truth: Truth) -> str:
    if digest not in ("", truth.world):
        raise UsageError(f"The worlds have different parameters: {digest} and {truth.world}.")
    return truth.world


def _seeds(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise UsageError(f"--seeds is {text!r}: expected whole numbers with commas between them.")
    return [int(part) for part in parts]


def next_version(target: Path) -> int:
    """One more than the file's: snapshots of another model are not gone on with."""
    return 1 + (int(json.loads(target.read_text(encoding="utf-8"))["version"]) if target.exists() else 0)


def judged(model: ChurnModel, sample: Sample) -> dict[str, Any]:
    """How good a model is on a sample."""
    habit = model.habits(sample.segment, sample.active_days, sample.first, sample.last)
    scores = model.scores(habit, sample.at - sample.last)
    precision, recall = measures.precision_recall(sample.gone, scores >= model.raise_from)
    return {
        "rows": len(scores),
        "base_rate": round(float(sample.gone.mean()), 4),
        "auc": round(measures.auc(sample.gone, scores), 4),
        "lift_at_10": round(measures.lift(sample.gone, scores), 2),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "calibration_error": round(measures.calibration_error(sample.gone, scores), 4),
    }


if __name__ == "__main__":
    run(main, name="python -m stream_processors.churn")
