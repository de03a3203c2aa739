"""The port of a part's metrics: a request taken apart and answered, without a socket."""

from prometheus_client import CollectorRegistry, Counter

from schemas.exposition import _answering, _environment
from tests.fuzz.target import Target


class Metrics(Target):
    """Each is refused as none, or answered with metrics or with what else may be asked."""

    name = "metrics"
    words = (
        b"\r\n", b"\r\n\r\n", b"HEAD ", b"OPTIONS ", b"?name[]=", b"%ff", b"/favicon.ico", b"HTTP/1.0", b"HTTP/9",
        b"Accept: application/openmetrics-text; escaping=allow-utf-8\r\n", b"Accept: ,;=;q=\r\n", b"version=1.0.0",
        b"Accept-Encoding: gzip;q=0\r\n", b"X: \xff\r\n", b": \r\n",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        registry = CollectorRegistry()
        Counter("shown", "A number.", ("by",), registry=registry).labels('a "quoted"\n\xff').inc()
        self._answer = _answering(registry)

    def judge(self, inputs: list[bytes]) -> list[bool]:
        return [self._one(data) for data in inputs]

    def _one(self, data: bytes) -> bool:
        environment = _environment(data)
        if environment is None:
            return False
        status, headers, _ = self._answer(environment)
        assert status[:3] in {"200", "405"}, (status, environment)
        assert all("\r" not in f"{name}{value}" and "\n" not in f"{name}{value}" for name, value in headers)
        return True
