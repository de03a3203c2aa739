"""The targets by name."""

from collections.abc import Mapping

from tests.fuzz.avro import Avro
from tests.fuzz.bolt import Bolt, BoltSession, BoltSocket
from tests.fuzz.clickhouse import ClickHouse
from tests.fuzz.cypher import Cypher
from tests.fuzz.http import Http
from tests.fuzz.injection import Injection
from tests.fuzz.mapping import Mapping as Mappings
from tests.fuzz.metrics import Metrics
from tests.fuzz.sql import Sql
from tests.fuzz.target import Target
from tests.fuzz.wire import Wire

TARGETS: Mapping[str, type[Target]] = {
    one.name: one
    for one in (Avro, Bolt, BoltSession, BoltSocket, ClickHouse, Cypher, Http, Injection, Mappings, Metrics, Sql, Wire)
}
