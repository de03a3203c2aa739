"""The error tree. Every message says what was wrong, with which value, and what to do."""


class C360Error(Exception):
    """Something failed: exit code 1."""

    exit_code = 1


class UsageError(C360Error):
    """The words of a call are wrong: exit code 2."""

    exit_code = 2


class InputError(UsageError):
    """A file that was named is not what it should be."""


class SettingError(UsageError):
    """A C360_* setting has a value that cannot be used."""


class UnreachableError(C360Error):
    """A part that is needed does not answer."""


def no_kafka(bootstrap: str, reason: str) -> UnreachableError:
    """The error of a broker that does not answer; `bootstrap` is where it was looked for."""
    return UnreachableError(
        f"Kafka at {bootstrap} does not answer ({reason}). Start it ('c360 up') or set C360_KAFKA_BOOTSTRAP."
    )


def kafka_refuses(bootstrap: str, reason: str) -> UnreachableError:
    """What to say when a broker is there and lets nobody in."""
    return UnreachableError(
        f"Kafka at {bootstrap} does not let this installation in ({reason}). "
        "Check C360_KAFKA_OPTIONS or C360_KAFKA_PASSWORD, and C360_TLS_CA."
    )


class ContractError(C360Error):
    """What is there (a topic, a registered schema, a table) contradicts the contract."""


class HeldError(C360Error):
    """Too many records in a row cannot be used: their consumer waits for a mend."""


class WireError(C360Error):
    """Bytes that are not a record of the contract."""


class QueryError(C360Error):
    """A query that the database or the compiler refuses."""


class AbsentError(QueryError):
    """What a query starts from (a customer, a product), or takes a default from, is not there."""


class SlowError(QueryError):
    """A query was given up because it took too long."""


class BusyError(C360Error):
    """There is no place for another query just now."""


def first_line(error: Exception) -> str:
    """What it says, in one line; its kind where it says nothing."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
