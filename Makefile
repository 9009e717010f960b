# Everything a person or CI runs. Needs only Python 3.11 or later with venv, make, and a package registry that pip can reach.
# Environments lie in this folder: .uv/ holds the pinned installer, .venv/ the project. `make clean` removes both.

PYTHON ?= python3
UV_VERSION := 0.13.8

VENV := $(CURDIR)/.venv
UV := $(CURDIR)/.uv/bin/uv
UV_STAMP := .uv/.version-$(UV_VERSION)
RUN_STAMP := .venv/.synced-run
DEV_STAMP := .venv/.synced-dev

export UV
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# A cache on another disk cannot be linked from; copying needs no warning about it.
export UV_LINK_MODE ?= copy
# The machine's certificates count, so a company's own registry or proxy is trusted as pip trusts it.
export UV_SYSTEM_CERTS ?= 1
# A virtual environment that happens to be active is not ours.
unexport VIRTUAL_ENV

# Scripts in an environment hold its path: a folder that was moved or copied gets a new one.
ifneq ($(wildcard .venv/.path),)
ifneq ($(shell cat .venv/.path),$(CURDIR))
$(shell rm -rf .venv .uv)
endif
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: demo
demo: $(RUN_STAMP) ## Play a day of business with sample partners and a sample ERP
	@$(VENV)/bin/gateway demo

.PHONY: test
test: $(DEV_STAMP) ## Run everything that must hold: lint, types, import contracts, tests, the wheel
	@$(VENV)/bin/python tools/test_machine.py --install
	@$(VENV)/bin/python tools/run_checks.py

.PHONY: lint
lint: $(DEV_STAMP) ## Check style, format and import contracts
	@$(VENV)/bin/python tools/run_checks.py lint format imports

.PHONY: types
types: $(DEV_STAMP) ## Check types
	@$(VENV)/bin/python tools/run_checks.py types

.PHONY: wheel-check
wheel-check: $(DEV_STAMP) ## Build the wheel, install it in an empty environment and use it
	@$(VENV)/bin/python -m pytest -m wheel tests/house

.PHONY: test-long
test-long: $(DEV_STAMP) ## Run the long campaigns too (many minutes)
	@HYPOTHESIS_PROFILE=long $(VENV)/bin/python -m pytest -m "not benchmark"

.PHONY: fuzz
fuzz: $(DEV_STAMP) ## Fuzz every target for SECONDS (600), two at a time; one target: make fuzz TARGET=x12-reader
	@$(VENV)/bin/python -m tests.fuzz.campaign $(TARGET) --seconds $(or $(SECONDS),600) --jobs 2

.PHONY: judges
judges: $(DEV_STAMP) ## Bring two other AS2 implementations, which the tests then ask too
	@$(VENV)/bin/python tools/as2_judges.py

.PHONY: bench
bench: $(DEV_STAMP) ## Measure; figures go to the screen
	@$(VENV)/bin/python -m pytest -m benchmark -p no:randomly --capture=no tests/benchmarks

.PHONY: coverage
coverage: $(DEV_STAMP) ## Run the tests and show what they do not reach
	@$(VENV)/bin/python -m pytest --cov --cov-report=term-missing:skip-covered

.PHONY: format
format: $(DEV_STAMP) ## Format the code and mend what can be mended by itself
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format .

.PHONY: handbook
handbook: $(DEV_STAMP) ## Write the handbook's pages that are made from the code
	@$(VENV)/bin/python tools/write_handbook.py

.PHONY: setup
setup: $(DEV_STAMP) ## Only create the environment that the tests need
	@:

.PHONY: clean
clean: ## Remove the environments, caches and the demo's folder
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist build demo-run .as2-judges
	find gateway translators tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# The installer: a wheel from the registry, at one version, in an environment of its own.
$(UV_STAMP): Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is missing or older than 3.11. Install Python 3.11 or later, or name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@if [ ! -e $@ ]; then \
	  echo "Preparing the installer (uv $(UV_VERSION)) in .uv/ ..."; \
	  rm -rf .uv && $(PYTHON) -m venv .uv && \
	  .uv/bin/python -m pip install -qq --disable-pip-version-check --only-binary :all: uv==$(UV_VERSION) || { \
	    rm -rf .uv; echo "pip could not install uv $(UV_VERSION): is a package registry reachable?" >&2; exit 1; }; fi
	@touch $@

# Only what the gateway needs at run time. --inexact leaves the tests' packages alone if they are there.
$(RUN_STAMP): $(UV_STAMP) uv.lock pyproject.toml
	@echo "Installing what the gateway needs into .venv/ ..."
	@$(UV) sync --frozen --quiet --compile-bytecode --no-dev --inexact --python $(CURDIR)/.uv/bin/python
	@echo "$(CURDIR)" > .venv/.path && touch $@

$(DEV_STAMP): $(UV_STAMP) uv.lock pyproject.toml
	@echo "Installing what the gateway and its tests need into .venv/ ..."
	@$(UV) sync --frozen --quiet --compile-bytecode --python $(CURDIR)/.uv/bin/python
	@echo "$(CURDIR)" > .venv/.path && touch $(RUN_STAMP) $@
