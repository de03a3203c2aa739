"""Where servers of ours are found from their own machine: by the URLs of the settings, whatever they listen on."""

import pytest

from schemas.addresses import reached, url
from schemas.settings import Settings


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_who_listens_on_every_address_is_asked_on_loopback(host: str) -> None:
    assert reached(host) == "127.0.0.1"
    assert url(host, 80, tls=False) == "http://127.0.0.1:80"


def test_who_listens_on_one_address_is_asked_there() -> None:
    assert reached("10.0.0.7") == "10.0.0.7"
    assert url("10.0.0.7", 443, tls=True) == "https://10.0.0.7:443"


def test_an_address_with_colons_stands_in_brackets() -> None:
    assert reached("::1") == "::1"
    assert url("::1", 80, tls=False) == "http://[::1]:80"


def test_the_urls_of_settings() -> None:
    plain = Settings(api_host="0.0.0.0", api_port=1, console_port=2, registry_port=3, clickhouse_port=4)
    assert [plain.api_url, plain.console_url] == ["http://127.0.0.1:1", "http://127.0.0.1:2"]
    assert plain.registry_url == "http://127.0.0.1:3/apis/ccompat/v7"
    assert plain.clickhouse == "http://127.0.0.1:4"
    tls = {"api_tls_certificate": "a", "console_tls_certificate": "b", "tls_certificate": "c"}
    secured = plain.model_copy(update=tls)
    assert {found.partition(":")[0] for found in (secured.api_url, secured.console_url)} == {"https"}
    assert {found.partition(":")[0] for found in (secured.registry_url, secured.clickhouse)} == {"https"}
