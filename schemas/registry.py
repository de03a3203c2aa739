"""The schema registry's client: registers the contract, and says which schema an id is."""

import json
from typing import Any

import fastavro
import fastavro.schema
import httpx2
from confluent_kafka.schema_registry import ConfigCompatibilityLevel, Schema, SchemaRegistryClient, ServerConfig
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.errors import ContractError, UnreachableError, WireError
from schemas.records import schema_text
from schemas.settings import Settings
from schemas.topics import Topic

#: Producers, stream processors and sinks are upgraded in any order, and logs hold old records for ever.
COMPATIBILITY = ConfigCompatibilityLevel.FULL_TRANSITIVE
NOT_FOUND, CONFLICT = 404, 409
REFUSED = {401, 403}


class Registry:
    """Registers and reads schemas; what it has read once it keeps."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = SchemaRegistryClient(_options(settings))
        self._parsed: dict[int, Any] = {}

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()

    def __enter__(self) -> "Registry":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def enforce_compatibility(self) -> None:
        """Makes the registry refuse a schema that cannot read all records there may be, or be read by all readers."""
        wanted = ServerConfig(compatibility=COMPATIBILITY)
        try:
            self._ask(lambda: self._client.set_config(config=wanted))
        except SchemaRegistryError as error:
            if error.http_status_code != CONFLICT:
                raise
            # Another part, starting at the same moment, made the registry's rule between its look and its making it.
            self._ask(lambda: self._client.set_config(config=wanted))

    def register(self, topic: Topic) -> int:
        """The id of a topic's schema, registered if it is not yet.

        Raises:
            ContractError: it breaks compatibility with what is registered.
            UnreachableError: the registry does not answer.
        """
        subject = topic.subject(self._settings)
        try:
            return self.register_text(subject, schema_text(topic.record))
        except SchemaRegistryError as error:
            raise ContractError(
                f"The registry {self._settings.registry_url} refuses schemas/avro/{topic.record}.avsc as {subject}: "
                f"{error.error_message}. New and old must be able to read each other: a field that comes or goes "
                "needs a default."
            ) from None

    def register_text(self, subject: str, text: str) -> int:
        """The id of any Avro schema under a subject, registered if it is not yet; SchemaRegistryError if refused."""
        schema = Schema(json.dumps(json.loads(text)), "AVRO")
        return int(self._ask(lambda: self._client.register_schema(subject, schema)))

    def registered(self, topic: Topic) -> int | None:
        """The id of a topic's schema of today; None where its subject does not have it.

        Raises:
            UnreachableError: the registry does not answer, or not as it should.
        """
        schema = Schema(json.dumps(json.loads(schema_text(topic.record))), "AVRO")
        try:
            found = self._ask(lambda: self._client.lookup_schema(topic.subject(self._settings), schema))
        except SchemaRegistryError as error:
            if error.http_status_code != NOT_FOUND:
                raise self._unreachable(error) from None
            return None
        return int(found.schema_id)

    def parsed(self, schema_id: int) -> Any:
        """The schema of an id, as fastavro takes it.

        Raises:
            WireError: the registry knows no such id, or what it knows is no Avro schema.
            UnreachableError: the registry does not answer, or not as it should.
        """
        if schema_id not in self._parsed:
            try:
                schema = self._ask(lambda: self._client.get_schema(schema_id))
            except SchemaRegistryError as error:
                if error.http_status_code != NOT_FOUND:
                    # A refusal says nothing about the record: it must not pass for a bad one.
                    raise self._unreachable(error) from None
                raise WireError(f"the registry knows no schema {schema_id}: {error.error_message}") from None
            self._parsed[schema_id] = _avro(schema_id, schema.schema_str or "null")
        return self._parsed[schema_id]

    def _ask(self, call: Any) -> Any:
        try:
            return call()
        except SchemaRegistryError as error:
            if error.http_status_code >= 500:
                raise self._unreachable(error) from None
            if error.http_status_code in REFUSED:
                raise UnreachableError(
                    f"The schema registry at {self._settings.registry_url} does not let "
                    f"{self._settings.schema_registry_user} in. Check C360_SCHEMA_REGISTRY_USER and "
                    "C360_SCHEMA_REGISTRY_PASSWORD."
                ) from None
            raise
        except (OSError, httpx2.TransportError) as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> UnreachableError:
        return UnreachableError(
            f"The schema registry at {self._settings.registry_url} does not answer ({error}). "
            "Start it ('c360 up') or set C360_SCHEMA_REGISTRY_URL."
        )


def _options(settings: Settings) -> dict[str, Any]:
    login = settings.registry_login
    return {
        "url": settings.registry_url,
        "timeout": 10,
        "max.retries": 2,
        **({"ssl.ca.location": settings.tls_ca} if settings.tls_ca else {}),
        **({"basic.auth.user.info": ":".join(login)} if login else {}),
    }


def _avro(schema_id: int, text: str) -> Any:
    """A registry holds Protobuf and JSON schemas too, and Avro that refers to other subjects."""
    try:
        return fastavro.parse_schema(json.loads(text))
    except (ValueError, fastavro.schema.SchemaParseException, fastavro.schema.UnknownType) as error:
        raise WireError(f"the schema {schema_id} is no Avro schema by itself: {error}") from None
