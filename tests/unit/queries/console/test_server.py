"""The listening side, as whoever is connected sees it."""

import asyncio
import dataclasses
from pathlib import Path

import httpx2

from queries.console.access import Access
from queries.console.server import server
from queries.console.services import Services
from schemas.settings import Settings

PASSWORD = "a password of these tests"


def test_whoever_guesses_is_not_taken_for_another_by_a_header(tmp_path: Path) -> None:
    here = Settings(home=tmp_path, console_password=PASSWORD, clickhouse_reader_password="x", kafka_password="x")

    async def asked() -> list[int]:
        services = dataclasses.replace(Services.of(here), access=Access(here, lambda: 0.0))
        app = server(here, services).config.loaded_app
        transport = httpx2.ASGITransport(app=app, client=("127.0.0.1", 4711))
        async with httpx2.AsyncClient(transport=transport, base_url="http://console:1") as client:
            answers = [
                await client.post(
                    "/login", data={"password": "a guess"}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
                )
                for number in range(4)
            ]
        return [answer.status_code for answer in answers]

    assert asyncio.run(asked()) == [401, 401, 429, 429]
