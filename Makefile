# One command for each thing that people do here; `make help` lists them.

PORT ?= 8000
DATA ?= data
DATABASE ?=
PYTHON ?= python3
T ?= tests
UPGRADE ?=
N ?=

BIN := .venv/bin
INITDB := $(firstword $(shell command -v initdb 2>/dev/null) \
                      $(wildcard /usr/lib/postgresql/*/bin/initdb))
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
           --generate-hashes --no-header --no-annotate --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test test-sqlite test-postgresql test-browser test-quick \
        lint bench octo contract lock clean
.DELETE_ON_ERROR:

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

demo: .venv/.installed-run ## tell the demo's story and serve it: PORT=8000 DATA=data DATABASE=
	$(BIN)/market demo --port $(PORT)

demo-reset: .venv/.installed-run ## the same from the start: what the demo's data held is lost
	$(BIN)/market demo --port $(PORT) --reset

demo demo-reset: export MARKET_DATA = $(DATA)
demo demo-reset: export MARKET_DATABASE_URL = $(DATABASE)
demo demo-reset: export MARKET_PUBLIC_URL = http://127.0.0.1:$(PORT)
demo demo-reset: export MARKET_DEMO = 1

test: ## everything: the checks, the suite on both databases, the browser
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test-sqlite
	@$(MAKE) --no-print-directory test-postgresql
	@$(MAKE) --no-print-directory test-browser

test-sqlite: .venv/.installed-dev ## the suite on SQLite
	$(BIN)/python -m pytest -q -n 2 -m "not browser" $(T)

test-postgresql: .venv/.installed-dev ## the suite on a throw-away PostgreSQL
ifneq ($(INITDB),)
	$(BIN)/python -m pytest -q -n 2 -m "not browser" --engine postgresql --ignore tests/rules $(T)
else ifeq ($(CI),true)
	@echo "FAILED: PostgreSQL's initdb is missing, and nothing may be left out here." >&2; exit 1
else
	@echo "SKIPPED: the suite on PostgreSQL, because initdb was not found (apt install postgresql)."
endif

test-browser: .venv/.installed-dev ## the pages in Chromium
	$(BIN)/python -m pytest -q -m browser

test-quick: .venv/.installed-dev ## what a change may have broken, on SQLite: T=tests/market
	$(BIN)/python -m pytest -q -n 2 -m "not browser and not slow" $(T)

lint: .venv/.installed-dev ## formatting, lint, types and the arrows between packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.installed-dev ## measure this machine; with N=1000000 search alone, on such a shelf
	$(BIN)/python -m tests.benchmarks $(N)

octo: .venv/.installed-dev ## OCTO's public schema against the demo, where npm answers
	$(BIN)/python -m tests.conformance

contract: .venv/.installed-dev ## write api/openapi.json and the role matrix from the code
	$(BIN)/market openapi api/openapi.json
	$(BIN)/python -m tests.rules.role_matrix --write

lock: .venv/.installed-dev ## pin the dependencies with hashes; the newest with UPGRADE=--upgrade
	$(COMPILE) $(UPGRADE) -o requirements.lock
	$(COMPILE) $(UPGRADE) --extra dev --constraint requirements.lock -o requirements-dev.lock

clean: ## remove what the tools leave behind; .venv and data stay
	rm -rf build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 is needed")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/.installed-run: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

.venv/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@ .venv/.installed-run
