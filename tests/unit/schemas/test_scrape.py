"""A process's metrics as a scraper reads them, also those of one that ends while it answers."""

import socket
import threading

import pytest

from schemas.scrape import scrape

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
BODY = b'# TYPE here counter\nhere_total{b="2",a="1"} 3\nhere_total 4\n'


def scraped(answer: bytes) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """What is read from somebody who answers this and closes."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 14)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=serve)
        serving.start()
        try:
            return scrape(listening.getsockname()[1])
        finally:
            serving.join()


def test_samples_are_by_name_and_sorted_labels() -> None:
    found = scraped(HEAD + b"\r\n" + BODY)
    assert found == {"here_total": {(("a", "1"), ("b", "2")): 3.0, (): 4.0}}


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail.example ESMTP\r\n",
        HEAD + b"Content-Length: 1000\r\n\r\n" + BODY,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhere",
        HEAD + b"\r\nhere_total{a=",
        HEAD + b"\r\nhere_total many\n",
        HEAD + b"\r\n\xff\xfe",
        b"HTTP/1.1 500 Internal Server Error\r\n\r\n",
        b"",
    ],
    ids=["another protocol", "cut off", "half a chunk", "half a line", "no number", "no text", "an error", "none"],
)
def test_whoever_answers_otherwise_has_no_metrics(answer: bytes) -> None:
    assert scraped(answer) == {}
