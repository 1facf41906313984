# Two commands are enough: `make demo` and `make test`. `make help` lists the rest.

VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
# Files of interactions to start the demo with, instead of the sample.
DATA ?=
# More arguments for pytest: make test ARGS="tests/local -k lock"
ARGS ?=
# All tests are spread over the cores. What is asked for by name runs in one process, which starts sooner; so does the
# whole suite with ARGS="-n 0".
SPREAD = $(if $(ARGS),,-n auto)
# The first Python that is new enough, and rather one that was built with optimizations, which runs all of this a tenth to
# a fifth faster: a distribution's own is, most others say so, and what pyenv builds is not. venv.py says in words what is
# wrong where none is new enough.
PYTHONS = python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
OPTIMIZED = import ensurepip, sys, sysconfig; is_told = "--enable-optimizations" in sysconfig.get_config_var("CONFIG_ARGS"); \
	sys.exit(sys.version_info < (3, 11) or not (is_told or sys.base_prefix == "/usr"))
first = $(shell for python in $(PYTHONS); do $$python -c '$(1)' 2>/dev/null && echo $$python && break; done)
PYTHON ?= $(or $(call first,$(OPTIMIZED)),$(call first,$(NEW_ENOUGH)),python3)
# A command that needs settings and a database gets those of the tests.
WITH_SERVERS = $(BIN)/python -m flywheel_app.local.run --
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help demo test check check-static check-long bench audit pictures fmt lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed ## Start Flywheel with sample data, until Ctrl-C (PORT=8765, DATA="file.jsonl ...")
	@exec $(BIN)/python manage.py demo --port "$(PORT)" $(if $(DATA),--data $(DATA))

test: $(VENV)/.installed-dev ## Run the whole test suite (ARGS="tests/local -k lock")
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)

check: check-static ## What CI runs: format, lint, types, imports, migrations, deployment, then all tests, the soak last
	$(MAKE) test
	$(BIN)/python -m pytest -m "alone and not long"

check-static: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(WITH_SERVERS) $(BIN)/mypy
	$(WITH_SERVERS) $(BIN)/python manage.py makemigrations --check --dry-run
	$(WITH_SERVERS) $(BIN)/python manage.py check --deploy --fail-level WARNING --database default

check-long: check ## Everything that `check` runs, and the tests that take minutes or a network
	$(BIN)/python -m pytest -m long

bench: $(VENV)/.installed-dev ## Measure the hot paths and print what they took
	$(BIN)/python -m pytest -m benchmark -s tests/benchmarks

audit: $(VENV)/.installed-dev ## Ask about known holes of every dependency; fails where it could not ask
	$(BIN)/python -m tests.audit

pictures: $(VENV)/.installed-dev ## Take the README's pictures anew, from a demo of their own
	$(BIN)/python -m tests.pictures

fmt: $(VENV)/.installed-dev ## Format the code and fix what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.installed-dev ## Resolve pyproject.toml anew into the two requirements files
	$(LOCK) --upgrade pyproject.toml --output-file requirements.txt
	$(LOCK) --upgrade pyproject.toml --extra dev --constraint requirements.txt --output-file requirements-dev.txt

clean: ## Remove what was installed and made; the demo's data in .flywheel stays
	rm -rf $(VENV) .flywheel-test .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(VENV)/.made:
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or later." >&2; exit 1; }
	@$(PYTHON) flywheel_app/local/venv.py $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made requirements.txt
	@echo "Installing what Flywheel needs into $(VENV)."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.made requirements-dev.txt
	@echo "Installing what the tests need into $(VENV)."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.installed
