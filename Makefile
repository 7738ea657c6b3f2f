# Every target works in a fresh clone: what is missing from .venv is installed first.

# Set here and not taken from the environment, where HOST and PORT often mean something else.
HOST = 127.0.0.1
PORT = 8000
ARGS =
PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13; do command -v $$name && break; done)

BIN = .venv/bin
# The browser's driver keeps an event loop in its thread, where Django's tests may not run: they take turns.
# `exec` in the recipes, and --with-parent, tie the launcher to make: however make ends, it ends in order.
LAUNCHER = exec $(BIN)/python -m launcher --with-parent
# What starts a browser, the whole product or an installation is left to `make test`.
SLOW = e2e launcher/test_run.py launcher/test_execute.py launcher/test_install.py launcher/test_supervisor.py

# A module's tests share one worker, and with it what they set up: a browser, a running product.
PYTEST = $(BIN)/python -m pytest -n 2 --dist loadscope

# ARGS may choose tests of one half alone; pytest then calls the other half empty, by status 5.
OR_NONE = $(if $(ARGS),|| test $$? -eq 5)

.DEFAULT_GOAL := help
.PHONY: help run test unit check format manage frontend lock bench compose-test screenshots clean install install-dev need-python

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: need-python ## Install what is missing and start Forward Pass (PORT=8000)
	@'$(PYTHON)' -m launcher.install --host '$(HOST)' --port '$(PORT)'
	@$(LAUNCHER) run --host '$(HOST)' --port '$(PORT)'

test: install-dev ## Run every check and every test, in a browser too
	@$(BIN)/python -m launcher --with-parent exec -- $(BIN)/python -m launcher.check
	@$(BIN)/python -m launcher --with-parent exec -- $(PYTEST) -m 'not e2e' $(ARGS) $(OR_NONE)
	@$(BIN)/python -m launcher --with-parent exec -- $(PYTEST) -m e2e $(ARGS) $(OR_NONE)

unit: install-dev ## Run the quick tests, keeping the test database (ARGS="--create-db" remakes it)
	@$(LAUNCHER) exec -- $(PYTEST) -q -m 'not e2e' --reuse-db $(addprefix --ignore=tests/,$(SLOW)) $(ARGS)

check: install-dev ## Check formatting, lint, types, imports, templates and migrations
	@$(LAUNCHER) exec -- $(BIN)/python -m launcher.check

format: install-dev ## Format the source and the templates
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m djlint templates --reformat --quiet

manage: install ## Run a management command beside the running product's data (ARGS="shell")
	@$(LAUNCHER) exec --data .data -- $(BIN)/python manage.py $(ARGS)

frontend: ## Build the scripts of static/build (needs Node; the result is committed)
	@cd frontend && npm ci --no-audit --no-fund && npm run build

lock: install-dev ## Pin the packages of requirements/*.in anew
	@for name in run dev bench; do \
	  $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done

bench: need-python ## Measure (ARGS are handed on)
	@'$(PYTHON)' -m launcher.install --bench
	@$(LAUNCHER) exec --data .data/bench -- $(BIN)/python -m bench.run $(ARGS)

compose-test: install-dev ## Build and try the composed stack with Docker (ARGS=deploy/cgroup-v2.yml)
	@exec $(BIN)/python -m deploy.trial $(ARGS)

screenshots: install-dev ## Take pictures of every page, and the one of the README (ARGS=folder)
	@exec $(BIN)/python -m tests.e2e.screenshots $(ARGS)

clean: ## Remove .venv, test data and caches; the product's own data in .data stays
	rm -rf .venv .data/test .data/bench .data/pip .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './frontend/node_modules/*' -prune -exec rm -rf {} +

install: need-python
	@'$(PYTHON)' -m launcher.install

install-dev: need-python
	@'$(PYTHON)' -m launcher.install --dev

need-python:
	@test -n '$(PYTHON)' || { printf '%s\n' 'There is no Python 3 here; Forward Pass needs Python 3.11, 3.12 or 3.13.' \
	  'Install it (Debian 12, Ubuntu 24.04): sudo apt-get install python3 python3-venv'; exit 1; }
