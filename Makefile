# One command each; `make help` lists them. Everything is installed into .venv, once: a stamp named
# after the requirements' checksum says what is there.

SHELL := /bin/sh
PYTHON := .venv/bin/python
APP_STAMP := .venv/app-$(shell cksum < requirements.txt | cut -d ' ' -f 1)
DEV_STAMP := .venv/dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d ' ' -f 1)
HAS_UV := $(shell uv --version 2> /dev/null)
UV := $(if $(HAS_UV),uv,.venv/bin/uv)
UV_INSTALL = $(UV) pip install --python $(PYTHON)
PIP_INSTALL := $(PYTHON) -m pip install --disable-pip-version-check
# uv compiles no package: unless Python may store what it compiles, each of the many processes that
# tests start would compile torch and timm again.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(PYTHON) -m pytest \
	--numprocesses 2 --dist loadgroup --no-loadscope-reorder

SUPPORTED := import sys; sys.exit(sys.version_info < (3, 11))
NO_PYTHON := Python 3.11 or newer is needed and none was found: install one (with its venv module), or uv, and run make again.
OLD_VENV := The Python in .venv is older than 3.11: remove the folder and run make again.
NO_UV := uv could not be installed: pip installs the packages, and the default build of torch.
NO_BUILD := No build of torch could be chosen for this machine (its index was not reached, or has none): the default build is installed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help app dev test fast lint format bench

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

app: $(APP_STAMP) ## Install what is needed and open the app (ARGS="--server.port 8600")
	$(PYTHON) -m streamlit run app.py $(ARGS)

dev: $(APP_STAMP) ## The same, and an open page runs again when its source is saved
	$(PYTHON) -m streamlit run app.py --server.fileWatcherType auto --server.runOnSave true $(ARGS)

test: $(DEV_STAMP) ## Run every test on two cores (ARGS='-m "not e2e"' leaves out the browser)
	$(PYTEST) $(ARGS)

fast: $(DEV_STAMP) ## Run the tests that are quick: no browser, no lessons, no real training
	$(PYTEST) -m "not (slow or e2e or notebooks)" $(ARGS)

lint: $(DEV_STAMP) ## Check style, format and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format: $(DEV_STAMP) ## Put imports and lines in order
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

bench: $(DEV_STAMP) ## Measure what the speed claims rest on
	@for file in benchmarks/*.py; do echo "== $$file"; $(PYTHON) "$$file" || exit 1; done

# uv takes a quarter of pip's time and chooses the build of torch: without CUDA where there is no
# NVIDIA card, which saves several gigabytes. Trying first keeps the installation's own output.
$(APP_STAMP): | $(PYTHON)
	@$(PYTHON) -c '$(SUPPORTED)' || { echo "$(OLD_VENV)" >&2; exit 1; }
	@$(UV) --version > /dev/null 2>&1 || $(PIP_INSTALL) --quiet uv || echo "$(NO_UV)" >&2
	@if ! $(UV) --version > /dev/null 2>&1; then \
		$(PIP_INSTALL) -r requirements.txt; \
	elif $(UV_INSTALL) --torch-backend auto --dry-run -r requirements.txt > /dev/null 2>&1; then \
		$(UV_INSTALL) --torch-backend auto -r requirements.txt; \
	else \
		echo "$(NO_BUILD)" >&2; \
		$(UV_INSTALL) -r requirements.txt; \
	fi
	@rm -f .venv/app-* && touch $@

$(DEV_STAMP): $(APP_STAMP)
	@if $(UV) --version > /dev/null 2>&1; then \
		$(UV_INSTALL) -r requirements-dev.txt; \
	else \
		$(PIP_INSTALL) -r requirements-dev.txt; \
	fi
	@rm -f .venv/dev-* && touch $@

# Without uv the first supported interpreter on the path; a pyenv shim may exist and not work.
$(PYTHON):
ifneq ($(HAS_UV),)
	uv venv --quiet --clear --python '>=3.11' .venv || { echo "$(NO_PYTHON)" >&2; exit 1; }
else
	@for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		$$python -c '$(SUPPORTED)' > /dev/null 2>&1 || continue; \
		echo "$$python -m venv --clear .venv"; exec $$python -m venv --clear .venv; \
	done; echo "$(NO_PYTHON)" >&2; exit 1
endif
