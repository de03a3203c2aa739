"""The view that PuppyGraph gets: this installation's address and password in it, and known again when it is there."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.puppygraph.view import DRIVER, filled, is_installed
from schemas.errors import SettingError
from schemas.settings import Settings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def settings(**words: Any) -> Settings:
    return Settings(
        **{"clickhouse_reader_password": 'it\'s "a" ${secret}', "maven_repository": "http://127.0.0.1:1/m/", **words}
    )


def test_addresses_database_and_credentials_are_the_installations() -> None:
    view = filled(settings(clickhouse_url="http://clickhouse:8123", clickhouse_database="shop"))
    (catalog,) = view["catalog"]
    assert catalog["jdbc"]["jdbcUri"] == "jdbc:ch://clickhouse:8123/shop"
    assert catalog["jdbc"]["username"] == "c360_reader"
    assert catalog["jdbc"]["password"] == 'it\'s "a" ${secret}'
    assert catalog["jdbc"]["driverUrl"] == f"http://127.0.0.1:1/m/{DRIVER.path.as_posix()}"
    sources = [one["dataSourceGroup"]["externalDataSource"] for one in (*view["node"], *view["edge"])]
    assert {(source["catalog"], source["schema"]) for source in sources} == {(catalog["name"], "shop")}


def test_nothing_is_left_to_be_filled_in() -> None:
    assert "${" not in json.dumps(filled(settings(clickhouse_reader_password="x")))


def test_without_a_repository_of_ones_own_the_driver_comes_from_where_all_else_comes_from(tmp_path: Path) -> None:
    url = filled(settings(maven_repository="", cache=tmp_path))["catalog"][0]["jdbc"]["driverUrl"]
    assert url.startswith("https://")
    assert url.endswith("/com/clickhouse/clickhouse-jdbc/0.9.2/clickhouse-jdbc-0.9.2-all.jar")


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("https://x.clickhouse.cloud", "jdbc:ch://x.clickhouse.cloud:8443/customer360?ssl=true"),
        ("https://x:9443/", "jdbc:ch://x:9443/customer360?ssl=true"),
        ("http://x", "jdbc:ch://x:8123/customer360"),
    ],
)
def test_jdbc_is_told_of_tls(url: str, uri: str) -> None:
    assert filled(settings(clickhouse_url=url))["catalog"][0]["jdbc"]["jdbcUri"] == uri


def test_an_address_without_a_host_is_named() -> None:
    with pytest.raises(SettingError, match=r"C360_CLICKHOUSE_URL.*names no host"):
        filled(settings(clickhouse_url="http://:8123"))


@given(JSON)
def test_whatever_was_uploaded_is_known_again(view: Any) -> None:
    assert is_installed(copy.deepcopy(view), view)


def test_fields_of_the_servers_own_and_a_hidden_password_are_no_difference() -> None:
    wanted = filled(settings())
    there = copy.deepcopy(wanted)
    there["catalog"][0]["jdbc"]["password"] = "******"
    there["node"][0]["cacheConfig"] = {"cacheStrategy": "DEFAULT"}
    assert is_installed(there, wanted)


@pytest.mark.parametrize(
    "change",
    [
        lambda view: view["node"].pop(),
        lambda view: view["node"][0]["attribute"].append({"name": "more", "type": "Long"}),
        lambda view: view["edge"][0]["dataSourceGroup"]["externalDataSource"].update(table="other"),
        lambda view: view["catalog"][0]["jdbc"].update(jdbcUri="jdbc:ch://other:8123/x"),
        lambda view: view["catalog"][0]["jdbc"].update(password="an older one"),
    ],
)
def test_any_difference_is_one(change: Any) -> None:
    wanted = filled(settings())
    there = copy.deepcopy(wanted)
    change(there)
    assert not is_installed(there, wanted)
