"""Faust's own tests of its consumer, in the version pinned, run against ours.

They are in Faust's source distribution, which is BSD-licensed; it is fetched once into the cache folder.
"""

import os
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from schemas.settings import read_settings

VERSION = "0.15.3"
#: Of the source distribution; requirements.lock has it among those of the wheels.
SHA256 = "51d6de8d7984c1e47ce961ba4c066e82a6b69d7b02d6bc27129677c4bfb1235f"
#: The tests of the producer and of topics that are created meet nothing of ours.
CHOICE = "not Producer and not TestTransport"
FILES = ("tests/unit/transport/test_consumer.py", "tests/unit/transport/drivers/test_aiokafka.py")

ORDER = "records come partition by partition, not one of each in turn"
TRACING = "it wants OpenTracing's own spans; OpenTracing is not installed"
OFFSETS = "offsets of a batch topic are those of finished batches, not of acknowledged records"
GAPS = "a batch topic has no gaps"
#: What does not apply, and why.
ALWAYS = {
    "test_getmany": ORDER,
    "test_getmany__flow_inactive2": ORDER,
    "test_getmany_buffered": ORDER,
    "test_transform_span_lazy": TRACING,
    "test_transform_span_flush_spans": TRACING,
    "test_span_without_operation_name": TRACING,
    "test_transform_span_lazy_no_consumer": TRACING,
    "test_transform_span_eager": TRACING,
}
NOT_APPLICABLE = {
    "single": ALWAYS,
    "batch": ALWAYS
    | {
        "test_filter_committable_offsets": OFFSETS,
        "test_new_offset": OFFSETS,
        "test_new_offset_with_gaps": OFFSETS,
        "test__add_gap": GAPS,
    },
}

#: With an empty cache, the first test fetches the source distribution, and pip reads what it needs to be built.
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which Faust's tests are."""
    cache = read_settings().cache / "contract" / f"faust-{SHA256[:16]}"
    folder = cache / f"faust_streaming-{VERSION}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    work = tmp_path_factory.mktemp("faust")
    wanted = work / "wanted.txt"
    wanted.write_text(f"faust-streaming=={VERSION} --hash=sha256:{SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", "faust-streaming"]
    command += ["--require-hashes", "--dest", str(work), "-r", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No matching distribution" in done.stderr:
        pytest.skip("Faust's source distribution is not in the cache and cannot be fetched")
    assert done.returncode == 0, done.stderr
    with tarfile.open(work / f"{folder.name}.tar.gz") as archive:
        # Not Faust itself: what is installed is to be met.
        wished = [
            member for member in archive if member.name.startswith((f"{folder.name}/tests", f"{folder.name}/LIC"))
        ]
        archive.extractall(work, wished, filter="data")
    (work / folder.name).rename(folder)
    return folder


@pytest.mark.parametrize("mode", NOT_APPLICABLE)
def test_what_holds_for_faust_s_consumer_holds_for_ours(mode: str, source: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(source), "-p", "own_suite"]
    variables = {"PYTHONPATH": str(Path(__file__).parent), "C360_TEST_FAUST_MODE": mode}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--junitxml={report}", "-k", CHOICE, *FILES],
        cwd=source, env={**os.environ, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert report.exists(), done.stdout + done.stderr
    cases = list(ET.parse(report).iter("testcase"))
    failed = {_name(case) for case in cases if case.find("failure") is not None or case.find("error") is not None}
    assert failed == set(NOT_APPLICABLE[mode]), done.stdout
    assert len(cases) - len(failed) > 180


def _name(case: ET.Element) -> str:
    return case.attrib["name"].partition("[")[0]
