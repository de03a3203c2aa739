"""`c360 dead-letters`: lists what readers could not use, shows a letter whole, sends letters again after a mend."""

import contextlib
import functools
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from ops.letters.job import Account, Job, Options
from ops.letters.judge import Judge
from ops.letters.letters import NUMBER, Filter, Identity, Letter, Letters
from ops.letters.replay import Replay, alone
from schemas import wire
from schemas.clients import reader_client, writer_client
from schemas.errors import C360Error, UnreachableError, UsageError, WireError
from schemas.moments import moment, written
from schemas.registry import Registry
from schemas.settings import Settings, settings
from schemas.topics import TOPICS
from sinks.export.progress import Shown

Command = TypeVar("Command", bound=Callable[..., Any])
#: Of what is refused, so many are named one by one.
NAMED = 20
READERS = ("sinks", "stream_processors")


@click.group("dead-letters")
def dead_letters_command() -> None:
    """Records that a reader could not use: list, show, and replay them after a mend."""


def _filtered(command: Command) -> Command:
    """The options that choose letters; the command gets a Filter."""

    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        names = ("topic", "partition", "offsets", "since", "until", "reason", "reader", "where")
        return command(chosen=_filter(settings(), **{name: given.pop(name) for name in names}), **given)

    for decorate in (
        click.option("--where", metavar="SQL", help="A condition on the columns of the view letters; asked read-only."),
        click.option("--reader", type=click.Choice(READERS), help="Refused by this reader."),
        click.option("--reason", default="", metavar="TEXT", help="A reason has this text in it."),
        click.option("--until", metavar="TIME", help="Refused before this moment."),
        click.option("--since", metavar="TIME", help="Refused at this moment or later: ISO 8601, UTC."),
        click.option("--offsets", metavar="A-B", help="Only these offsets; A- and -B are open."),
        click.option("--partition", type=click.IntRange(min=0, max=(1 << 31) - 1), help="Only this partition."),
        click.option("--topic", default="", metavar="TOPIC", help="Only this topic, with or without its prefix."),
    ):
        wrapped = decorate(wrapped)
    return wrapped  # type: ignore[return-value]  # what click calls


def _filter(
    here: Settings,
    topic: str,
    partition: int | None,
    offsets: str | None,
    since: str | None,
    until: str | None,
    reason: str,
    reader: str | None,
    where: str | None,
) -> Filter:
    whole = Filter()
    first, last = _offsets(offsets) if offsets is not None else (whole.first, whole.last)
    return Filter(
        topic=_topic(here, topic),
        partition=whole.partition if partition is None else partition,
        first=first,
        last=last,
        since=whole.since if since is None else _ms("--since", since),
        until=whole.until if until is None else _ms("--until", until) - 1,
        reason=reason,
        reader=reader or "",
        where=where or whole.where,
    )


def _topic(here: Settings, name: str) -> str:
    return next((topic.name(here) for topic in TOPICS if topic.stream == name), name)


def _offsets(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not (first or last) or not all(NUMBER.fullmatch(part) for part in (first, last) if part):
        raise UsageError(f"--offsets has the value {text!r}: expected A-B, A- or -B, for instance 100-199.")
    whole = Filter()
    low = int(first) if first else whole.first
    high = int(last) if last else (whole.last if dash else low)
    if low > high or high > whole.last:
        raise UsageError(f"--offsets has the value {text!r}: the first is behind the last.")
    return low, high


def _ms(option: str, text: str) -> int:
    try:
        return int(moment(text).timestamp() * 1000)
    except ValueError:
        raise UsageError(f"{option} has the value {text!r}: expected a time such as 2026-01-31T12:00:00Z.") from None


@dead_letters_command.command("list")
@_filtered
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def list_command(chosen: Filter, limit: int, as_json: bool) -> None:
    """Count letters by topic, reader and reason, and list the newest."""
    with contextlib.closing(reader_client(settings())) as client:
        letters = Letters(client)
        counts, newest = letters.counts(chosen), letters.newest(chosen, limit)
    if as_json:
        found = [_described(row) for row in newest]
        click.echo(json.dumps({"counts": counts, "letters": found}))
        return
    if not newest:
        click.echo("There are no such dead letters.")
        return
    click.echo(f"{'letters':>8} {'replayed':>8}  topic, reader: reason")
    for row in counts:
        click.echo(f"{row['letters']:>8,} {row['replayed']:>8,}  {row['topic']}, {row['reader']}: {row['reason']}")
    click.echo(f"\nThe newest {len(newest):,}; 'c360 dead-letters show TOPIC/PARTITION/OFFSET' has more of each.")
    for row in newest:
        replayed = {"": "", "sent": f", replayed to {row['sent_offset']}", "begun": ", replay begun"}[row["replay"]]
        click.echo(
            f"{row['topic']}/{row['partition']}/{row['offset']}  refused {_time(row['stored'])}, "
            f"dated {_time(row['record_ts'])}, {row['bytes']:,} bytes{replayed}"
        )
        for one in row["reasons"]:
            click.echo(f"    {one['reader']}: {one['error']}")


def _described(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("topic", "partition", "offset", "bytes", "reasons")},
        "record_ts": _time(row["record_ts"]),
        "refused_at": _time(row["stored"]),
        "replay": row["replay"] or None,
        "replayed_offset": row["sent_offset"] if row["replay"] == "sent" else None,
    }


@dead_letters_command.command("show")
@click.argument("identity", metavar="TOPIC/PARTITION/OFFSET")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--raw", type=click.Path(dir_okay=False, path_type=Path), help="Write the value's bytes to this file.")
def show_command(identity: str, as_json: bool, raw: Path | None) -> None:
    """Show all that is known of one letter; its value as hex and, where it can be read, as a record."""
    here = settings()
    wanted = Identity.of(identity)
    wanted = wanted._replace(topic=_topic(here, wanted.topic))
    with contextlib.closing(reader_client(here)) as client:
        found = Letters(client).one(wanted)
    if found is None:
        raise C360Error(f"There is no dead letter {wanted}. 'c360 dead-letters list' shows which there are.")
    letter, known = found
    if raw is not None:
        raw.write_bytes(letter.value or b"")
    described = {
        **wanted._asdict(),
        "record_ts": _time(letter.timestamp),
        "refused_at": _time(known["stored"]),
        "reasons": known["reasons"],
        "replay": {"state": known["replay"], "offset": known["sent_offset"], "noted_at": _time(known["noted"])}
        if known["replay"]
        else None,
        "key": None if letter.key is None else letter.key.decode("utf-8", "backslashreplace"),
        "bytes": len(letter.value or b""),
        "value": None if letter.value is None else letter.value.hex(),
        **_read(here, letter),
    }
    if as_json:
        click.echo(json.dumps(described, default=str))
        return
    for name, value in described.items():
        click.echo(f"{name:<12} {value if isinstance(value, str) else json.dumps(value, default=str)}")


def _read(here: Settings, letter: Letter) -> dict[str, Any]:
    """The schema that the value names, and the record, or why there is none."""
    read: dict[str, Any] = {"schema_id": None, "record": None, "unreadable": None}
    try:
        read["schema_id"] = wire.schema_id_of(letter.value or b"")
        with Registry(here) as registry:
            read["record"] = wire.decode(letter.value or b"", registry.parsed(read["schema_id"]))
    except (WireError, UnreachableError) as error:
        read["unreadable"] = str(error)
    return read


@dead_letters_command.command("replay")
@_filtered
@click.option("--dry-run", is_flag=True, help="Say what would be sent and what is refused; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--again", is_flag=True, help="Send those that were replayed before too.")
@click.option(
    "--force", is_flag=True, help="Send those too that readers still cannot use, but not of customers or products."
)
@click.pass_context
def replay_command(context: click.Context, chosen: Filter, dry_run: bool, yes: bool, again: bool, force: bool) -> None:
    """Send letters to their topics again, each once, after their readers or their schema were mended.

    What readers still cannot use is refused, and listed with the reason; exit 1 if something is.
    """
    here = settings()
    with _job(here, Options(dry_run, force, again)) as (job, letters):
        left = job.left(letters.chosen(chosen))
        if left and not (dry_run or yes):
            if not sys.stdin.isatty():
                raise UsageError(f"{len(left):,} letters would be sent. Say --yes, or look first with --dry-run.")
            click.confirm(f"Send {len(left):,} letters to their topics again?", abort=True)
        with Shown(Console(stderr=True), quiet=False) as shown:
            shown.begin("letters", len(left))
            try:
                job.run(left, shown.add)
            finally:
                _say(job.account, dry_run)
    context.exit(1 if job.account.refused else 0)


@contextlib.contextmanager
def _job(here: Settings, options: Options) -> Iterator[tuple[Job, Letters]]:
    with (
        alone(here),
        contextlib.closing(reader_client(here)) as asking,
        contextlib.closing(writer_client(here)) as writing,
        Registry(here) as registry,
        contextlib.closing(Replay(here, writing)) as replay,
    ):
        letters = Letters(asking)
        yield Job(letters, Judge(here, registry, writing), replay, options), letters


def _say(account: Account, dry_run: bool) -> None:
    for one in account.refused[:NAMED]:
        click.echo(f"{one.identity}: {one.reason}")
    if more := account.refused[NAMED:]:
        for reason, count in Counter(one.reason for one in more).most_common(NAMED):
            click.echo(f"and {count:,} more: {reason}")
    words = {
        "would_send" if dry_run else "sent": account.sent,
        "arrived_before": account.arrived,
        "replayed_before": account.before,
        "refused": len(account.refused),
    }
    click.echo(" ".join(f"{name}={count}" for name, count in words.items()))


def _time(ms: int) -> str:
    return written(datetime.fromtimestamp(ms / 1000, UTC))
