# Everything is set up into .venv and, for Kafka's and Apicurio's archives, the user's cache folder.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_RATE ?= 50000
RUN_SECONDS ?= 60
SCALE ?= 1
ORACLE_QUERIES ?= 5000
ORACLE_SEED ?= 1
# Two for those tests that start stacks, one for the others (tests/conftest.py).
TEST_PROCESSES ?= 3

.DEFAULT_GOAL := help
.PHONY: help setup run local generate-local hybrid generate-hybrid test check lint bench soak oracle package env lock

help:  ## list these
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready  ## set up what is missing, nothing else; the others call it
	@$(BIN)/python -m ops.artifacts

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) -V). Try: make setup PYTHON=python3.12" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup  ## 13 months of history, then RUN_RATE events/s for RUN_SECONDS, then a tour of answers
	@RUN_RATE=$(RUN_RATE) RUN_SECONDS=$(RUN_SECONDS) $(BIN)/python -m ops.demo

local: setup  ## start the stack in the background; 'c360 down' stops it
	@$(BIN)/c360 up -d

generate-local: local  ## lay SCALE (1: 35.4M records of 1M customers) of the history into it
	@$(BIN)/python -m producers.backfill --scale $(SCALE)

hybrid: setup  ## the stack without ClickHouse, which is elsewhere: C360_CLICKHOUSE_URL=https://... make hybrid
	@test -n "$$C360_CLICKHOUSE_URL" || { echo "C360_CLICKHOUSE_URL is not set: C360_CLICKHOUSE_URL=https://HOST:8443 make hybrid" >&2; exit 2; }
	@C360_CLICKHOUSE_INGEST=$${C360_CLICKHOUSE_INGEST:-client} $(BIN)/c360 up -d

generate-hybrid: hybrid  ## lay SCALE (1: 35.4M records of 1M customers) of the history into it
	@C360_CLICKHOUSE_INGEST=$${C360_CLICKHOUSE_INGEST:-client} $(BIN)/python -m producers.backfill --scale $(SCALE)

test: setup  ## the whole suite
	@$(BIN)/python -m pytest tests --numprocesses $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder

lint: setup  ## format, lint, types and the pinned versions alone
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.audit

check: lint test  ## what CI runs: format, lint, types, docs, tests

bench: setup  ## every benchmark, as a table
	@$(BIN)/python -m tests.bench all

soak: setup  ## the long runs that the suite leaves out
	@$(BIN)/python -m pytest tests --soak

oracle: setup  ## ORACLE_QUERIES generated Cypher queries held against a real Neo4j (fetched once, 139 MiB)
	@$(BIN)/python -m tests.oracle.cypher --queries $(ORACLE_QUERIES) --seed $(ORACLE_SEED)

package: setup  ## a wheel in dist/ with all it needs, and the pinned dependencies beside it
	@$(BIN)/python -m hatchling build -t wheel -d dist
	@cp requirements.lock dist/

env:  ## .env with made passwords, for docker compose (needs nothing set up); one that is there is kept
	@$(PYTHON) -m ops.compose.environment

lock:  ## pin the dependencies anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements.lock
	sed -i.former "1i # made on $$(date -u +%F)" requirements.lock && rm requirements.lock.former
