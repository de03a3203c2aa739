"""More ways in for tests.fuzz.injection: each parameter of the HTTP API, and what is typed into the console.

In one process and over the same engine: the API through ASGI, the console's questions without their page.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx2

from queries.api.application import fastapi
from queries.api.clickhouse import ClickHouse
from queries.api.middleware import Requests
from queries.api.problems import Problem
from queries.api.services import Services
from queries.console.asking import look
from queries.console.pages.customers import LONGEST, MOST
from queries.console.render import html
from queries.console.written import Written
from queries.runner import Runner
from queries.use_cases.cases import REPORTS, USE_CASES
from schemas.errors import C360Error, QueryError, UsageError
from schemas.settings import Settings
from tests.integration.queries.world import World

#: A text that is nothing and nobody.
HARMLESS = "zzz nobody"
#: What is in the world, so that it is no harmless text.
THERE = {"VIP", "Name 2", "", "N", "a", "e", "m", " "}
Check = Callable[[str], bool]
KEY = "the key of these payloads"
KEYED = {"X-API-Key": KEY}
#: Answers of an API that has understood: rows, a refusal, no such path, or the path without its last slash.
UNDERSTOOD = {200, 307, 400, 401, 404}
#: What no refusal may say: the engine's words, a statement, a line of the code, or what is stored.
LEAK = re.compile(r"DB::Exception|\bCode: \d|Traceback|\.py\b|SELECT |Name \d")
#: Of what no number, moment or word of a list is made.
QUOTING = set("'\"`\\;(){}$%#\0\n")


class Api:
    """Every path of /v1 but the stream, asked with a payload in the place of each of its parameters."""

    def __init__(self, here: Settings, world: World) -> None:
        self._loop = asyncio.Runner()
        given = {"api_key": KEY, "api_requests_per_second": 1_000_000}
        self._services = Services.of(here.model_copy(update=given))
        app = fastapi(self._services)
        transport = httpx2.ASGITransport(app=Requests(app), raise_app_exceptions=False)
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://api")
        self._ids = {"customer_id": min(world.customers), "product_id": min(world.products)}
        self._known: dict[str, tuple[int, Any]] = {}
        self.checks = list(self._checks(app.openapi()["paths"]))

    def close(self) -> None:
        """Ends its connections and threads."""
        self._services.runners.close()
        self._services.recommending.close()
        self._loop.run(self._client.aclose())
        self._loop.run(self._services.clickhouse.close())
        self._loop.close()

    def _checks(self, paths: Mapping[str, Any]) -> Iterator[Check]:
        for path, operations in paths.items():
            if not path.startswith("/v1/") or path.endswith("/live"):
                continue
            for parameter in operations["get"].get("parameters", ()):
                target = self._target(path, parameter)
                yield self._same(target) if _is_text(parameter["schema"]) else self._none(target)
        for target in ("/v1/~", "/v1/reports/~", "/v1/graph/~", "/v1/customers/1/~", "/v1/reports?~=1"):
            yield self._none(target)
        yield self._is_no_key

    def _target(self, path: str, parameter: Mapping[str, Any]) -> str:
        name = parameter["name"]
        ids = {**self._ids, name: "~"}
        filled = re.sub(r"\{(\w+)\}", lambda found: str(ids[found[1]]), path)
        return filled if parameter["in"] == "path" else f"{filled}?{quote(name)}=~"

    def _same(self, target: str) -> Check:
        """A text: what is answered to a harmless one, or a refusal."""

        def check(text: str) -> bool:
            if target not in self._known:
                self._known[target] = self._asked(target, HARMLESS)
            status, body = self._asked(target, text)
            # As it arrives: bytes that are no text are replaced.
            arrived = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            if status == 200 and arrived not in THERE:
                found, known = (status, masked(body, arrived)), self._known[target]
                assert found == known, f"{target}: {found!r} instead of {known!r}"
            return status == 200

        return check

    def _none(self, target: str) -> Check:
        """A number, a moment, or one of some words, which no payload is."""

        def check(text: str) -> bool:
            status, body = self._asked(target, text)
            assert status != 200 or not QUOTING & set(text), f"{target}: {text!r} was taken: {body!r}"
            return status == 200

        return check

    def _is_no_key(self, text: str) -> bool:
        value = text.translate({ord(mark): None for mark in "\r\n\0"}).encode("utf-8", "surrogateescape")
        answer = self._loop.run(self._client.get("/v1/reports", headers={b"X-API-Key": value}))
        assert answer.status_code == 401, answer.text
        return False

    def _asked(self, target: str, text: str) -> tuple[int, Any]:
        url = target.replace("~", quote(text, safe="", errors="surrogateescape"))
        answer = self._loop.run(self._client.get(url, headers=KEYED))
        recommends = "/recommendations" in target and answer.status_code == 503
        assert answer.status_code in UNDERSTOOD or recommends, f"{url}: {answer.status_code} {answer.text}"
        if answer.status_code in {200, 307}:
            return answer.status_code, answer.json() if answer.content else None
        told = Problem.model_validate(answer.json())
        leaked = LEAK.search(answer.text)
        assert not leaked or leaked[0] in text, f"{url}: {answer.text}"
        return answer.status_code, told.type


class Console:
    """The search of customers, the editor with its parameters, and the fields of use cases."""

    def __init__(self, here: Settings, world: World, runner: Runner) -> None:
        self._loop = asyncio.Runner()
        self._clickhouse = ClickHouse(here)
        self._world, self._runner = world, runner
        knobs = [(case, knob) for case in (*USE_CASES.values(), *REPORTS.values()) for knob in case.knobs]
        self.checks: list[Check] = [
            self._search,
            lambda text: self._comes_back("sql", "SELECT {p:String} AS p", text),
            lambda text: self._comes_back("cypher", "RETURN $p AS p", text),
            *(lambda text, case=case, knob=knob: _reads(case, knob, text) for case, knob in knobs),
        ]

    def close(self) -> None:
        """Ends its connection."""
        self._loop.run(self._clickhouse.close())
        self._loop.close()

    def _search(self, text: str) -> bool:
        """Whoever is found has it in their name or e-mail, and on the page it is no markup."""
        asked = text.strip()[:LONGEST]
        if not asked:
            return False
        try:
            table = self._loop.run(look(self._clickhouse, "search", number=0, text=asked, limit=MOST))
        except C360Error as error:
            return _refused(error)
        found = table.records()
        for row in found:
            assert asked.lower() in f"{row['name']}\n{row['email']}".lower(), f"{asked!r} found {row!r}"
        page = str(html("problem", words=text))
        assert "<" not in text or text not in page, page
        return bool(found)

    def _comes_back(self, language: Any, query: str, text: str) -> bool:
        try:
            result = Written(language, query).run(self._runner, {"p": text})
        except (QueryError, UsageError) as error:
            return _refused(error)
        ((answer,),) = result.rows
        assert isinstance(answer, (int, float, bool, list, dict)) or answer in {text, None}, f"{answer!r} for {text!r}"
        return True


def masked(found: Any, text: str) -> Any:
    """What is found, with a harmless text wherever it repeats this one."""
    if isinstance(found, (list, tuple)):
        return type(found)(masked(one, text) for one in found)
    if isinstance(found, dict):
        return {key: masked(one, text) for key, one in found.items()}
    return HARMLESS if found == text else found


def _is_text(schema: Mapping[str, Any]) -> bool:
    """Whether any text is a value, alone or in a list."""
    kinds = [one.get("items", one) for one in schema.get("anyOf", [schema])]
    return any(one.get("type") == "string" and not {"enum", "format", "const"} & set(one) for one in kinds)


def _reads(case: Any, knob: Any, text: str) -> bool:
    try:
        case.read({knob.name: text})
    except UsageError as error:
        return _refused(error)
    return True


def _refused(error: Exception) -> bool:
    assert str(error), "a refusal without a word"
    assert not re.search(r"Code: (46|47|62)\b", str(error)), f"it got out of its quotes: {error}"
    return False
