"""`c360`: a thin dispatcher. A command's module is imported when the command is called, so that help comes at once."""

from importlib import import_module
from typing import Any, NoReturn

import click

from schemas.cli import run

#: Command: its module, its name there, and its line of help.
COMMANDS = {
    "up": ("ops.stack.commands", "up_command", "Start the embedded stack."),
    "down": ("ops.stack.commands", "down_command", "Stop the embedded stack."),
    "status": ("ops.stack.commands", "status_command", "Show parts, lag, rows and freshness."),
    "logs": ("ops.stack.commands", "logs_command", "Show the parts' logs."),
    "doctor": ("ops.doctor.command", "doctor_command", "Look for what is wrong, and say what to do."),
    "sql": ("queries.cli", "sql_command", "Run a SQL report, or SQL from stdin."),
    "cypher": ("queries.cli", "cypher_command", "Run a graph query, or Cypher from stdin."),
    "queries": ("queries.cli", "queries_command", "List the reports and graph queries."),
    "use-case": ("queries.use_cases.command", "use_case_command", "Run one of the five use cases to its conclusion."),
    "onboard": ("queries.use_cases.command", "onboard_command", "Show what to expect of a new customer."),
    "report": ("queries.use_cases.command", "report_command", "Run a report: carts, stock or dormant."),
    "console": ("queries.console.command", "console_command", "Say where the web console answers."),
    "alerts": ("queries.cli", "alerts_command", "Show churn alerts and recoveries."),
    "features": (
        "stream_processors.recomputation.command",
        "features_command",
        "Show a customer's features, or verify everybody's.",
    ),
    "recommend": ("queries.recommend.command", "recommend_command", "Show what a customer may like next, and why."),
    "backup": ("ops.backup.command", "backup_command", "Copy the whole state of one moment into a folder."),
    "restore": ("ops.backup.command", "restore_command", "Make the state what it was when a backup was made."),
    "rotate": ("ops.stack.rotation", "rotate_command", "Give a user a new password."),
    "topics": ("ops.topics", "topics_command", "Show the topics beside the contract, and align them."),
    "reset-offsets": ("ops.reset_offsets", "reset_offsets_command", "Let tables read their topics again."),
    "forget": ("producers.forget", "forget_command", "Erase customers for good."),
    "dead-letters": ("ops.letters.command", "dead_letters_command", "List, show and replay what readers refused."),
    "export": ("sinks.export.command", "export_command", "Write what is stored to Parquet or CSV."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and help alone until one is called."""

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """What the console script calls."""
        run(self, name="c360")

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.{name} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """The table of help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="customer360", message="%(package)s %(version)s")
def main() -> None:
    """Customer 360, streamed: runs and asks the whole system."""


if __name__ == "__main__":
    main()
