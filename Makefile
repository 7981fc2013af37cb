# `make` lists what there is. Each Python has a virtual environment of its own below .venv/.

PYTHON ?= $(firstword $(shell .ci/pythons) python3)
PYTHONS ?= $(shell .ci/pythons)
VENV := .venv/$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
READY := $(VENV)/.ready
PIP := $(VENV)/bin/python -m pip install -q --disable-pip-version-check

.PHONY: help feeds test lint format tests tests-everywhere bench bench-small clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

feeds: $(VENV)/.installed  ## weave seeds/ into feeds/
	@$(VENV)/bin/feedloom build

test: lint tests-everywhere bench-small  ## all that CI checks: lint, types, the tests on every Python, a small benchmark

lint: $(READY)  ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(READY)  ## let ruff mend what it can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

tests: $(READY)  ## the tests, on one Python (PYTHON=...)
	$(VENV)/bin/python -m pytest

tests-everywhere:
	@for python in $(or $(PYTHONS),$(PYTHON)); do $(MAKE) --no-print-directory tests PYTHON=$$python || exit 1; done

bench: $(VENV)/.bench  ## measure feedloom beside others and write docs/performance.md (half an hour)
	$(VENV)/bin/python benchmarks/bench.py --sizes 1000 10000 50000 100000 --runs 3 --write docs/performance.md

bench-small: $(VENV)/.bench  ## measure 1,000 records once: the feeds of all others are verified too
	$(VENV)/bin/python benchmarks/bench.py --sizes 1000 --runs 1

clean:  ## remove the virtual environments and caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/readers/node_modules

$(VENV)/.installed: pyproject.toml
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -e .
	@touch $@

$(VENV)/.bench: $(VENV)/.installed
	@echo "Installing what the benchmark compares with in $(VENV) ..."
	@$(PIP) -e '.[bench]'
	@touch $@

$(READY): $(VENV)/.installed
	@echo "Installing what the tests need in $(VENV) ..."
	@$(PIP) -e '.[dev]'
	@touch $@
