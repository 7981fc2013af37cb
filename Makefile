# `make` lists the targets. Each Python has its own virtual environment below .venv/.

# Each process of the tests would compile feedloom anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHONS ?= $(shell .ci/pythons)
ifndef PYTHON
PYTHON := $(firstword $(shell .ci/pythons) python3)
endif
VENV := $(or $(shell .ci/venv $(PYTHON) 2>/dev/null),.venv/none)
READY := $(VENV)/.ready
SUPPLY := .venv/supply
PIP := $(VENV)/bin/python -m pip install -q --disable-pip-version-check

.PHONY: help feeds test test-more lint types format tests tests-inside tests-clean crash crash-small fuzz fuzz-small docs golden pictures \
	bench bench-small scale lock audit lowest clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

feeds: $(VENV)/.installed  ## build feeds/ from seeds/
	@$(VENV)/bin/feedloom build

test: $(READY)  ## lint, types and the tests, on one Python (seven minutes; PYTHON=... names another)
	@$(VENV)/bin/python -m tests.stages lint types tests@$(PYTHON)

# Most users have Debian's own Python: all tests but those marked `once` run on it, in the environment that cron gives. If it is
# missing, the default one runs them.
CLEAN = $(firstword $(filter /usr/bin/%,$(PYTHONS)) $(PYTHON))

test-more: $(READY)  ## what CI also checks: other Pythons, crashes, random records, a small benchmark (twenty-five minutes)
	@$(VENV)/bin/python -m tests.stages tests-clean@$(CLEAN) $(addprefix tests-inside@,$(filter-out $(PYTHON) $(CLEAN),$(PYTHONS))) \
		crash-small@$(PYTHON) fuzz-small@$(PYTHON) bench-small@$(PYTHON)

lint: $(READY)  ## ruff, and import-linter: rooms import only those below them
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-logo --no-cache

types: $(READY)  ## mypy
	$(VENV)/bin/mypy

format: $(READY)  ## let ruff fix what it can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

tests: $(READY)  ## the tests
	$(VENV)/bin/python -m pytest

tests-inside: $(READY)  ## the tests, except those that take long or run other programs: readers, a browser, shells
	$(VENV)/bin/python -m pytest -m 'not needs and not once and not long'

tests-clean: $(READY)  ## the tests that depend on the Python, in an environment with nothing in it but HOME and the system's PATH
	env -i HOME="$$HOME" PATH=/usr/bin:/bin $(VENV)/bin/python -m pytest -m 'not once'

crash: $(READY)  ## kill, starve and damage builds, and write docs/reliability.md (a quarter of an hour, as root)
	$(VENV)/bin/python -m tests.crash --long --write

crash-small: $(READY)  ## the same with fewer failures and moments (two minutes)
	$(VENV)/bin/python -m tests.crash

fuzz: $(READY)  ## build random records from a new seed, and check each promise of SECURITY.md (SECONDS=600)
	$(VENV)/bin/python -m tests.fuzz --seconds $(SECONDS) --seed $(SEED)

fuzz-small: $(READY)  ## the same from a fixed seed, and the nasty records (a minute)
	$(VENV)/bin/python -m tests.fuzz --seconds 60

SECONDS ?= 600
SEED ?= $(shell date +%s)

golden: $(READY)  ## update tests/golden/, the output that users see; read its diff
	GOLDEN=renew $(VENV)/bin/python -m pytest -n 0 tests/test_people.py

docs: $(READY)  ## update what docs/ take from the code: tables of settings, commands, problems, the schema, a chart
	$(VENV)/bin/python -m tests.reference

pictures: $(READY)  ## take the screenshots in docs/ (needs chromium, and a font with Japanese)
	$(VENV)/bin/python -m tests.pictures

bench: $(VENV)/.bench  ## compare speed with other tools and write docs/performance.md (half an hour; needs nginx, wrk)
	$(VENV)/bin/python benchmarks/bench.py --sizes 1000 10000 50000 100000 --posts 10000 --serve --work /dev/shm /var/tmp \
		--write docs/performance.md
	$(VENV)/bin/python -m tests.reference

scale: $(READY)  ## build a million records on Dask workers of this machine, and write docs/scaling.md (half an hour; RECORDS=... for fewer)
	$(VENV)/bin/python benchmarks/scale.py --records $(RECORDS) --work $(SCALE) --write docs/scaling.md

RECORDS ?= 1000000
SCALE ?= /var/tmp/feedloom-scale

bench-small: $(VENV)/.bench  ## measure 1,000 records once, and verify the feeds of all tools (a minute)
	$(VENV)/bin/python benchmarks/bench.py --sizes 1000 --posts 200 --serve --runs 1

# One resolution for every supported Python and system, from pyproject.toml alone, for the oldest Python: if a newer one
# needs another version, the lock has both, with markers. bench.txt is solved first, since it has everything
# that is ever in one environment; the others follow it.
COMPILE = $(SUPPLY)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command 'make lock' $(UPGRADE)
UPGRADE ?= --upgrade
BUILD_REQUIRES = $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'

lock: $(SUPPLY)/.ready  ## update requirements/ from pyproject.toml (UPGRADE= keeps the versions that still fit)
	$(COMPILE) --extra dev --extra bench pyproject.toml -o requirements/bench.txt
	$(COMPILE) -c requirements/bench.txt --extra dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) -c requirements/bench.txt pyproject.toml -o requirements/run.txt
	@# hatchling asks for editables while it builds for a checkout; feedgen and sgmllib3k have no wheels, and setuptools makes them.
	@(printf '%s\n' editables setuptools; $(BUILD_REQUIRES)) | $(COMPILE) -c requirements/bench.txt - -o requirements/build.txt
	$(COMPILE) --group supply -o requirements/supply.txt

audit: $(SUPPLY)/.ready  ## look up known vulnerabilities of everything that is locked (asks the package index's database)
	@for lock in requirements/*.txt; do \
		echo "$$lock"; $(SUPPLY)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $$lock || exit 1; \
	done

lowest: $(SUPPLY)/.ready  ## the tests with the oldest versions that pyproject.toml allows
	$(PYTHON) -m venv --clear .venv/lowest
	$(SUPPLY)/bin/uv pip install -q --python .venv/lowest/bin/python --resolution lowest-direct --editable '.[dev]'
	.venv/lowest/bin/python -m pytest

clean:  ## remove the virtual environments and caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/readers/node_modules

# Everything is installed from requirements/, by hash. pip builds feedloom, and libraries without wheels, with the packages of
# build.txt: in an isolated environment it would fetch the newest setuptools, which is not locked. Without --use-pep517, pip 23
# prints a deprecation warning for each package that it builds.
LOCKED := --require-hashes --no-build-isolation --use-pep517
ITSELF := --no-deps --no-build-isolation --editable .

$(VENV)/.installed: pyproject.toml requirements/build.txt requirements/run.txt
	@.ci/usable $(PYTHON)
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --only-binary :all: -r requirements/build.txt
	@$(PIP) $(LOCKED) -r requirements/run.txt
	@$(PIP) $(ITSELF)
	@touch $@

$(VENV)/.bench: $(VENV)/.installed requirements/bench.txt
	@echo "Installing what the benchmark compares with in $(VENV) ..."
	@$(PIP) $(LOCKED) -r requirements/bench.txt
	@touch $@

$(READY): $(VENV)/.installed requirements/dev.txt
	@echo "Installing what the tests need in $(VENV) ..."
	@$(PIP) $(LOCKED) -r requirements/dev.txt
	@touch $@

$(SUPPLY)/.ready: requirements/supply.txt
	@echo "Installing uv and pip-audit in $(SUPPLY) ..."
	@$(PYTHON) -m venv $(SUPPLY)
	@$(SUPPLY)/bin/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@
