"""ClickHouse's client, as the writer (sinks) and as the reader (everything that asks)."""

import functools
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.httputil import check_env_proxy, get_pool_manager
from urllib3 import PoolManager

from schemas.errors import SettingError, UnreachableError, first_line
from schemas.settings import Settings
from schemas.tls import asking

#: Exact counts whatever is not merged yet; the embedded reader has them by default, other servers are told.
READER_SETTINGS = {"final": 1, "do_not_merge_across_partitions_select_final": 1}


def writer_client(settings: Settings, database: str | None = None) -> Client:
    """A client that may change things; `database` defaults to the installation's.

    Raises:
        UnreachableError: ClickHouse does not answer, or refuses the password.
    """
    return _client(settings, settings.clickhouse_writer_user, settings.writer_password, {}, database)


def reader_client(settings: Settings, *, compress: bool = True) -> Client:
    """A client that may only ask; without `compress` answers come as they are, which is quicker where they are short.

    Raises:
        UnreachableError: ClickHouse does not answer, or refuses the password.
    """
    user, password = settings.clickhouse_reader_user, settings.reader_password
    return _client(settings, user, password, READER_SETTINGS, None, compress=compress)


def _client(
    settings: Settings,
    user: str,
    password: str,
    options: dict[str, int],
    database: str | None,
    *,
    compress: bool = True,
) -> Client:
    url = settings.clickhouse
    if not url.startswith(("http://", "https://")):
        raise SettingError(f"C360_CLICKHOUSE_URL has the value {url!r}: it must begin with http:// or https://.")
    try:
        return clickhouse_connect.get_client(
            dsn=url,
            # From the address it takes TLS on ports 443 and 8443 alone.
            interface=url.partition(":")[0],
            username=user,
            password=password,
            database=database or settings.clickhouse_database,
            settings=options,
            pool_mgr=_connections(url, settings.tls_ca),
            autogenerate_session_id=False,
            compress=compress,
        )
    except ClickHouseError as error:
        first = first_line(error)
        raise UnreachableError(
            f"ClickHouse at {url} does not let {user} in: {first} "
            "Start it ('c360 up'), or check C360_CLICKHOUSE_URL, C360_TLS_CA and the password."
        ) from None


def _connections(url: str, authority: str) -> PoolManager | None:
    """Where connections to a server with a certificate come from; None for the library's own."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not authority:
        return None
    return _trusting(authority, check_env_proxy("https", parts.hostname or "", parts.port or 443))


@functools.cache
def _trusting(authority: str, proxy: str | None) -> PoolManager:
    # The library's own setting of an authority has it in place of the system's. No client closes what is shared.
    made: PoolManager = get_pool_manager(ssl_context=asking(authority), https_proxy=proxy)
    return made
