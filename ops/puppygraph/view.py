"""The graph's view (schemas/graph.json) as one installation's PuppyGraph gets it, and whether it has it already."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from jgo.maven import MavenContext

from ops.artifacts.manifest import Coordinate
from schemas.errors import SettingError
from schemas.settings import Settings

#: The driver that PuppyGraph loads; tests/contract reads with the same one.
DRIVER = Coordinate.parse("com.clickhouse:clickhouse-jdbc:jar:all:0.9.2")

#: Fields of a catalog that a server may keep to itself.
_SECRET = "password"


def filled(settings: Settings) -> dict[str, Any]:
    """The view with this installation's address, database, user and password put in.

    Raises:
        SettingError: there is no password, or ClickHouse's URL names no host.
    """
    view: dict[str, Any] = json.loads((resources.files("schemas") / "graph.json").read_text(encoding="utf-8"))
    for catalog in view["catalog"]:
        catalog["jdbc"] |= {
            "username": settings.clickhouse_reader_user,
            "password": settings.reader_password,
            "jdbcUri": jdbc_uri(settings),
            "driverUrl": driver_url(settings),
        }
    for element in (*view["node"], *view["edge"]):
        element["dataSourceGroup"]["externalDataSource"]["schema"] = settings.clickhouse_database
    return view


def jdbc_uri(settings: Settings) -> str:
    """ClickHouse as clickhouse-jdbc is told of it: jdbc:ch://host:port/database."""
    parts = urlsplit(settings.clickhouse)
    if not parts.hostname:
        raise SettingError(f"C360_CLICKHOUSE_URL has the value {settings.clickhouse!r}: it names no host.")
    encrypted = parts.scheme == "https"
    port = parts.port or (8443 if encrypted else 8123)
    return f"jdbc:ch://{parts.hostname}:{port}/{settings.clickhouse_database}{'?ssl=true' if encrypted else ''}"


def driver_url(settings: Settings) -> str:
    """Where PuppyGraph fetches the driver: as set, or from the Maven repository that everything else comes from."""
    if settings.puppygraph_driver_url:
        return settings.puppygraph_driver_url
    central = MavenContext(repo_cache=settings.cache / "maven").remote_repos.values()
    repository = settings.maven_repository or next(iter(central))
    return f"{repository.rstrip('/')}/{DRIVER.path.as_posix()}"


def is_installed(installed: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there. A server may add fields of its own, and hide a password."""
    if isinstance(wanted, Mapping):
        return isinstance(installed, Mapping) and all(
            (name == _SECRET and _is_hidden(installed.get(name))) or is_installed(installed.get(name), value)
            for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(installed, list) and len(installed) == len(wanted) and all(map(is_installed, installed, wanted))
        )
    return bool(installed == wanted)


def _is_hidden(password: object) -> bool:
    return password is None or not str(password).strip("*")
