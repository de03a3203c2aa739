"""Which file feeds which stream, by the mapping, by an export's own word, or by the contract's names of columns."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from producers.replay import reading
from producers.replay.fields import STREAMS, Stream
from producers.replay.files import File
from producers.replay.mapping import Feed, MappingFile, nearest
from schemas.errors import UsageError


@dataclass(frozen=True)
class Job:
    """A file and how it feeds a stream; `namespace` keeps its ids apart from other files' equal ones."""

    file: File
    feed: Feed
    namespace: str = ""

    @property
    def rank(self) -> int:
        """Customers and products come before events; without dates of their own, behind, to be dated by events."""
        if self.feed.target.is_events:
            return 1
        dated = {"registration_date", "launch_date"} & {*self.feed.columns, *self.feed.constants}
        return 0 if dated else 2

    @property
    def mark(self) -> str:
        """Changes with anything that changes what the file becomes."""
        said = f"{self.feed.digest}/{self.namespace}".encode()
        return hashlib.blake2b(said, digest_size=8).hexdigest() if self.namespace else self.feed.digest


def jobs(files: Sequence[File], mapping: MappingFile | None) -> list[Job]:
    """All there is to do, in order.

    Raises:
        UsageError: a file that nothing is said about, or a column that is not there.
    """
    out: list[Job] = []
    for file in files:
        feeds = [feed for feed in mapping.feed if feed.takes(file.path)] if mapping else []
        if file.stream is not None:
            feeds = [exported(file)]
        elif mapping is None:
            feeds = [by_names(file)]
        elif not feeds:
            raise UsageError(f"{file.path} is of no feed of the mapping. Leave it out, or widen a feed's 'files'.")
        streams = [feed.stream for feed in feeds]
        if len(set(streams)) < len(streams):
            raise UsageError(f"{file.path} feeds {max(streams, key=streams.count)} twice. Narrow the feeds' 'files'.")
        for feed in feeds:
            _check(file, feed)
            out.append(Job(file, feed, mapping.namespace if mapping else ""))
    return sorted(out, key=lambda job: job.rank)


def exported(file: File) -> Feed:
    """How a file of an export is read."""
    feed = by_names(file, STREAMS[str(file.stream)])
    return feed.model_copy(update={"own_export": True, "missing": ("",), "times": ("iso",)})


def by_names(file: File, stream: Stream | None = None) -> Feed:
    """How a file is read whose columns have the contract's own names.

    Raises:
        UsageError: they have not.
    """
    names = set(reading.columns(file))
    most = max(_matches(target, names) for target in STREAMS.values())
    likely = [stream] if stream else [target for target in STREAMS.values() if most and _matches(target, names) == most]
    for target in likely:
        if names >= set(_needed(target)):
            columns = {item.name: item.name for item in target.fields if item.name in names}
            if target.own_id not in columns:
                columns.pop("refers_to", None)
            refunds = "status" if "status" in columns else "reject"
            return Feed.model_validate({"stream": target.name, "columns": columns, "refunds": refunds})
    # A file that has most of a stream's columns is not taken for one of another stream that needs fewer.
    lacks = "; ".join(f"for {one.name} it lacks {', '.join(sorted(set(_needed(one)) - names))}" for one in likely)
    raise UsageError(
        f"{file.path} does not have the columns of any stream{f' ({lacks})' if lacks else ''}. Say what they mean with "
        f"--mapping FILE; 'python -m producers.replay --guess {file.path}' proposes one."
    )


def _needed(stream: Stream) -> list[str]:
    return [item.name for item in stream.fields if item.default is None]


def _matches(stream: Stream, names: set[str]) -> int:
    return sum(item.name in names for item in stream.fields)


def _check(file: File, feed: Feed) -> None:
    names, structures = reading.columns(file, feed), reading.nested(file)
    for field, column in [*feed.columns.items(), *(("where", column) for column in feed.where)]:
        if column not in names:
            raise UsageError(
                f"{file.path} has no column '{column}', which the mapping gives for {field}{nearest(column, names)}"
            )
        if column in structures:
            raise UsageError(f"{file.path}: '{column}', given for {field}, holds structures. Choose a plain column.")
