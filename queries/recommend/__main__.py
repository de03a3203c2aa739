"""`python -m queries.recommend refresh`."""

from queries.recommend.command import main
from schemas.cli import run

if __name__ == "__main__":
    run(main, name="python -m queries.recommend")
