"""Mapping files of a replay: each is refused in one line, or a file is read by it, whatever it says."""

import contextlib
import io
import random
import tempfile
from pathlib import Path

from producers.replay import mapping
from producers.replay.__main__ import main
from schemas.cli import exit_code
from schemas.errors import UsageError
from tests.fuzz.mutation import NUMBERS, mutated
from tests.fuzz.target import CORPUS, Target

#: Rows that a mapping may make something of, one of them hardly.
ROWS = """customer_id,product_id,amount,ts,kind,status,name,day,count
1,2,"1.234,50",2024-01-01T00:00:00Z,view,paid,Zoë,2024-02-29,3
C-17,P'x,$ -3.505,01.02.2024 03:04,purchase,storniert,"O'Hara; DROP TABLE customers",31.12.2023,x
3,4,12345678901234567890.00,1704067200,share,,,,
"""


class Mapping(Target):
    """A file of TOML, and where it is one that is understood, a dry run of a replay by it."""

    name = "mapping"
    words = tuple(line.encode() for line in (CORPUS / "mapping.words").read_text(encoding="utf-8").splitlines())

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        self._rows, self._file = self._folder / "a.csv", self._folder / "m.toml"
        self._rows.write_text(ROWS, encoding="utf-8")

    def close(self) -> None:
        self._stack.close()

    def make(self, draw: random.Random) -> bytes:
        if draw.random() < 0.4:
            return mutated(draw, self.seeds, self.words)
        # Still TOML: other values, other names, lines that are gone, moved or twice.
        lines = draw.choice(self.seeds).split(b"\n")
        for _ in range(draw.choice((1, 1, 2, 3))):
            at = draw.randrange(len(lines))
            name, is_value, value = lines[at].partition(b" = ")
            word = draw.choice(self.words)
            way = draw.random()
            if is_value and way < 0.7:
                some = value.strip(b'"') + word.strip(b'"')
                value = draw.choice(
                    (word, b"[" + word + b"]", b'"' + some.replace(b'"', b"") + b'"', draw.choice(NUMBERS))
                )
                name = word if way < 0.1 else name
                lines[at] = name + b" = " + value
            elif way < 0.85:
                lines.insert(draw.randrange(len(lines)), lines[at])
            else:
                del lines[at]
                lines = lines or [b""]
        return b"\n".join(lines)

    def judge(self, inputs: list[bytes]) -> list[bool]:
        return [self._one(data) for data in inputs]

    def _one(self, data: bytes) -> bool:
        self._file.write_bytes(data)
        try:
            mapping.read(self._file)
        except UsageError:
            return False
        words = [self._rows, "--mapping", self._file, "--dry-run", "--rejects", self._folder / "bad.csv"]
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = exit_code(main, [str(word) for word in words])
        assert code in {0, 1, 2}
        assert (code == 0) != said.getvalue().startswith("Error: "), said.getvalue()
        assert self._rows.read_text(encoding="utf-8") == ROWS
        return code == 0
