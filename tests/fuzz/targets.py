"""The targets by name."""

from collections.abc import Mapping

from tests.fuzz.avro import Avro
from tests.fuzz.target import Target
from tests.fuzz.wire import Wire

TARGETS: Mapping[str, type[Target]] = {one.name: one for one in (Avro, Wire)}
