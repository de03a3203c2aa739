"""`c360 topics`: what Kafka has, what the contract and the settings say, and the one made like the other."""

import json

import click

from schemas.alignment import TopicState, align, states
from schemas.settings import settings

DAY_MS = 86_400_000


@click.command("topics")
@click.option("--apply", "apply", is_flag=True, help="Give the topics the settings that they should have.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def topics_command(context: click.Context, apply: bool, as_json: bool) -> None:
    """Show every topic and what differs from the contract; exit 1 if something does.

    --apply changes settings of topics that exist. A shorter C360_TOPIC_RETENTION_MS or C360_TOPIC_RETENTION_BYTES then
    deletes what is older. Partitions are never added in place: keys would move.
    """
    found = states(settings())
    if apply:
        align(settings(), found)
        for state in found:
            for name, (there, wanted) in state.differs.items() if state.exists else ():
                click.echo(f"{state.name}: {name} was {there}, is {wanted}", err=as_json)
        found = states(settings())
    if as_json:
        click.echo(json.dumps({"topics": [_as_json(state) for state in found]}))
    else:
        click.echo("\n".join(_lines(found)))
    context.exit(1 if any(state.faults for state in found) else 0)


def _as_json(state: TopicState) -> dict[str, object]:
    return {
        "name": state.name,
        "partitions": state.partitions,
        "copies": state.replication,
        "config": {name: state.config.get(name) for name in ("cleanup.policy", "retention.ms", "retention.bytes")},
        "faults": state.faults,
    }


def _lines(found: list[TopicState]) -> list[str]:
    lines = [f"{'topic':<28} {'partitions':>10} {'copies':>6}  kept"]
    for state in found:
        lines.append(f"{state.name:<28} {state.partitions:>10} {state.replication:>6}  {_kept(state)}")
        lines += [f"  -> {fault}" for fault in state.faults]
    return lines


def _kept(state: TopicState) -> str:
    if not state.exists:
        return "-"
    if state.config.get("cleanup.policy") == "compact":
        return "the newest of each key"
    age, size = (int(state.config.get(name, -1)) for name in ("retention.ms", "retention.bytes"))
    limits = [f"{age / DAY_MS:,.1f} days"] if age >= 0 else []
    limits += [f"{size * state.partitions / 1e6:,.0f} MB"] if size >= 0 else []
    return " or ".join(limits) or "for ever"
