# `make` says what there is. Everything it needs is made under .venv and found on the PATH.
#
# PYTHON=python3.12 make ...   makes the environment with that interpreter
# STACK=docker make up         uses Docker Compose even where prometheus is installed

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
RUN_TIME := $(VENV)/run-time.stamp
DEV := $(VENV)/dev.stamp
PYTHON ?=
STACK ?=
SCENARIO ?=
ARGS ?=

# No installation is needed to run from the checkout: the run-time lock and this path are enough.
CLAUDE_EXPORTER = env PYTHONPATH='$(CURDIR)/exporter' $(BIN)/python -m claude_exporter
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE_LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes \
	--no-emit-index-url --no-header --python-version 3.11
TEST_PROGRAMS = prometheus promtool alertmanager amtool blackbox_exporter nginx wrk chromium \
	node npm

.PHONY: help up drill test lint quick programs generate pictures site fmt mutate bench lock golden clean

help: ## Say what each target does
	@grep -hE '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) \
		| sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 11

up: ## Run exporter, Prometheus and Alertmanager here (Docker Compose where that is all there is)
	@engine=no; docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1 && engine=yes; \
	if [ '$(STACK)' = docker ] || { [ $$engine = yes ] && ! command -v prometheus >/dev/null; }; then \
		exec docker compose up --build $(ARGS); \
	fi; \
	$(MAKE) $(RUN_TIME); \
	exec $(CLAUDE_EXPORTER) up $(ARGS)

drill: $(RUN_TIME) ## Play an outage of a simulated Claude through the real stack (SCENARIO=name)
	@$(CLAUDE_EXPORTER) drill $(SCENARIO) $(ARGS)

test: lint programs ## Everything: lint, types, rules, and all tests with the real programs
	$(BIN)/pytest -n 2 --dist loadfile -m 'not e2e'
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m e2e

lint: $(DEV) ## Ruff and mypy
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --quiet --check
	$(BIN)/mypy

quick: lint ## In under a minute: lint, types, promtool, and four fifths of the unit tests
	$(BIN)/pytest -q -n 2 --dist loadfile -m 'not e2e and not slow'

programs: $(DEV) ## Find or install the real programs that the tests run
	@$(BIN)/python -m claude_exporter.stack.programs $(TEST_PROGRAMS)

generate: $(DEV) ## Write again what is generated: rules, dashboards, documents
	$(BIN)/python grafana/generate.py
	$(BIN)/claude-exporter rules
	$(BIN)/python deploy/kubernetes/generate.py
	$(BIN)/python -m claude_exporter.config.document docs/configuration.md
	$(BIN)/python -m claude_exporter.web.document docs/metrics.md

pictures: $(DEV) ## Make the pictures of the documentation again
	$(BIN)/python docs/pictures.py
	PICTURES=write $(BIN)/pytest -q -m e2e tests/e2e/test_drawn.py

site: $(DEV) ## Build the documentation as a site: .cache/site/index.html
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file docs/site/mkdocs.yml
	@echo 'open .cache/site/index.html, or: python3 -m http.server --bind 127.0.0.1 --directory .cache/site'

fmt: $(DEV) ## Format the code
	$(BIN)/ruff check --quiet --fix-only
	$(BIN)/ruff format --quiet

mutate: $(DEV) ## Change the core a little at a time: do its tests notice? (ARGS='fold decide')
	$(BIN)/python tests/mutate.py $(ARGS)

bench: $(DEV) ## Measure against the real blackbox_exporter
	@$(BIN)/python -m claude_exporter.stack.programs blackbox_exporter nginx
	$(BIN)/python bench/run.py $(ARGS)

golden: $(DEV) ## Write the golden expositions again; read the difference like code
	GOLDEN=write $(BIN)/pytest -q -m 'not e2e' tests

lock: $(DEV) ## Pin the dependencies again, by version and hash (UPGRADE=--upgrade for newer ones)
	$(COMPILE_LOCK) $(UPGRADE) pyproject.toml -o exporter/requirements.lock
	$(COMPILE_LOCK) $(UPGRADE) pyproject.toml --group dev -o tests/requirements.lock

clean: ## Remove the environment and everything that was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

# --- the environment -------------------------------------------------------------------------

# Debian splits venv off python3; everywhere else it is there. Never touches the system's packages
# with pip, so an "externally managed" Python (PEP 668) is fine.
FIND_PYTHON = for python in $(PYTHON) $(if $(PYTHON),,python3 python3.14 python3.13 python3.12 python3.11); do \
		"$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
			&& { echo "$$python"; break; }; \
	done; true

$(BIN)/python:
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ] && [ -z '$(PYTHON)' ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'make: installing python3 and python3-venv with apt-get'; \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			python3 python3-venv ca-certificates >/dev/null; \
		python=$$($(FIND_PYTHON)); \
	fi; \
	[ -n "$$python" ] || { \
		echo 'make: needs Python 3.11 or later with its venv module$(if $(PYTHON), and $(PYTHON) is not it); on Debian: apt-get install python3 python3-venv' >&2; \
		exit 1; \
	}; \
	"$$python" -m venv $(VENV)

$(RUN_TIME): exporter/requirements.lock | $(BIN)/python
	@echo 'make: installing the pinned run-time dependencies into $(VENV)'
	@$(PIP_INSTALL) --no-deps --require-hashes -r $<
	@touch $@

$(DEV): tests/requirements.lock pyproject.toml | $(BIN)/python
	@echo 'make: installing the pinned development dependencies into $(VENV)'
	@$(PIP_INSTALL) --no-deps --require-hashes -r $<
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ $(RUN_TIME)
