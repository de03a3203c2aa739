"""queries/api/openapi.json is what the application says of itself, and says enough."""

import json
from typing import Any

from queries.api.openapi import FILE, document

WRITTEN: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [(path, operation) for path, methods in WRITTEN["paths"].items() for operation in methods.values()]


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "run: .venv/bin/python -m queries.api.openapi"


def test_every_path_of_v1_asks_for_a_key_and_tells_problems() -> None:
    for path, operation in operations():
        if path.startswith("/v1"):
            assert operation["security"] == [{"bearer": []}, {"key": []}], path
            assert {"400", "401", "429", "503"} <= set(operation["responses"]), path
        for status, response in operation["responses"].items():
            assert status != "422"
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (path, status)


def test_every_operation_and_parameter_is_described() -> None:
    for path, operation in operations():
        assert operation["summary"], path
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])


def test_no_two_operations_have_one_name() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)
