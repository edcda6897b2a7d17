# One command each; `make help` lists them. Everything is installed into .venv, once: a stamp named
# after the requirements' checksum says what is there.

SHELL := /bin/sh
PYTHON := .venv/bin/python
APP_STAMP := .venv/app-$(shell cksum < requirements.txt | cut -d ' ' -f 1)
DEV_STAMP := .venv/dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d ' ' -f 1)
UV := $(shell uv --version 2> /dev/null)
INSTALL := $(if $(UV),uv pip install --python $(PYTHON),$(PYTHON) -m pip install --disable-pip-version-check)

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
NO_PYTHON := Python 3.11, 3.12 or 3.13 is needed and none was found: install one (with its venv module), or uv, and run make again.
OLD_VENV := The environment in .venv is not of Python 3.11, 3.12 or 3.13: remove the folder and run make again.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help app test lint format bench

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

app: $(APP_STAMP) ## Install what is needed and open the app (ARGS="--server.port 8600")
	$(PYTHON) -m streamlit run app.py $(ARGS)

test: $(DEV_STAMP) ## Run every test on two cores (ARGS='-m "not e2e"' leaves out the browser)
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest --numprocesses 2 --dist loadgroup $(ARGS)

lint: $(DEV_STAMP) ## Check style, format and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format: $(DEV_STAMP) ## Put imports and lines in order
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

bench: $(DEV_STAMP) ## Measure what the speed claims rest on
	@for file in benchmarks/*.py; do echo "== $$file"; $(PYTHON) "$$file" || exit 1; done

$(APP_STAMP): | $(PYTHON)
	@$(PYTHON) -c '$(SUPPORTED)' || { echo "$(OLD_VENV)" >&2; exit 1; }
	$(INSTALL) -r requirements.txt
	@rm -f .venv/app-* && touch $@

$(DEV_STAMP): $(APP_STAMP)
	$(INSTALL) -r requirements-dev.txt
	@rm -f .venv/dev-* && touch $@

# Without uv the first supported interpreter on the path; a pyenv shim may exist and not work.
$(PYTHON):
ifneq ($(UV),)
	uv venv --quiet --clear --python '>=3.11,<3.14' .venv || { echo "$(NO_PYTHON)" >&2; exit 1; }
else
	@for python in python3 python3.13 python3.12 python3.11 python; do \
		$$python -c '$(SUPPORTED)' > /dev/null 2>&1 || continue; \
		echo "$$python -m venv --clear .venv"; exec $$python -m venv --clear .venv; \
	done; echo "$(NO_PYTHON)" >&2; exit 1
endif
