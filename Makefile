# Every target is explained by `make help`. Variables may be set on the command line or in the environment.

PYTHON ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 8001
VAR_DIR ?= ./var
WXSERVER_CONFIG ?= $(if $(wildcard config.toml),config.toml,config.example.toml)
export PORT SANDBOX_PORT VAR_DIR WXSERVER_CONFIG

# Python 3.11 parses the source of each line of a traceback that it prints, to point at the part at fault; a thread that
# does so beside another one that parses fails with "AST constructor recursion depth mismatch".
export PYTHONNODEBUGRANGES := 1

# How many tests run side by side; each worker has databases, sandbox and browser of its own.
WORKERS ?= 3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.stamp-run
DEV := $(VENV)/.stamp-dev
SOURCES := bundles wxserver migrations tools tests wsgi.py conftest.py gunicorn.conf.py
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help run app sandbox test lint docs bench pictures manual rules lock clean

help:
	@echo "make run       set up and serve the app and the sandbox (PORT, SANDBOX_PORT, VAR_DIR)"
	@echo "make app       the app alone"
	@echo "make sandbox   the sandbox alone"
	@echo "make test      everything: static checks, all tests, browser included (TEST_DATABASE_URL)"
	@echo "make lint      static checks alone"
	@echo "make docs      draw docs/case-states.md from the code"
	@echo "make bench     benchmarks, as ratios"
	@echo "make pictures  draw every page in both text sizes, and one sheet of them, into $(VAR_DIR)/pictures"
	@echo "make manual    take the pictures of the staff's manual anew"
	@echo "make rules     requirements proven and unproven"
	@echo "make lock      lock requirements/*.in anew"
	@echo "make clean     remove caches; $(VENV) and $(VAR_DIR) stay"

$(RUN): requirements/run.txt tools/venv.py
	@$(PYTHON) tools/venv.py requirements/run.txt $(VENV)
	@touch $@

# The locked file of the tests holds that of the server.
$(DEV): requirements/dev.txt tools/venv.py
	@$(PYTHON) tools/venv.py requirements/dev.txt $(VENV)
	@touch $@

run: $(RUN)
	@exec $(BIN)/python tools/run.py both

app: $(RUN)
	@exec $(BIN)/python tools/run.py app

sandbox: $(RUN)
	@exec $(BIN)/python tools/run.py sandbox

lint: $(DEV)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# With TEST_DATABASE_URL the tests on PostgreSQL run twice: on that server, and with all others on the embedded one.
test: lint
	@$(BIN)/python tools/ensure_browser.py
ifneq ($(TEST_DATABASE_URL),)
	$(BIN)/python -m pytest -m postgres
endif
	@$(BIN)/python -m pytest -q tests/bundles -n $(WORKERS) --cov=bundles --cov-branch --cov-fail-under=100
	@env -u TEST_DATABASE_URL $(BIN)/python -m pytest --ignore=tests/bundles -n $(WORKERS) --dist loadfile --no-loadscope-reorder

docs: $(RUN)
	$(BIN)/python tools/draw_case_states.py

bench: $(DEV)
	@$(BIN)/python -m tests.benchmarks

pictures: $(DEV)
	@$(BIN)/python tools/ensure_browser.py
	@$(BIN)/python -m tests.browser.pictures $(VAR_DIR)/pictures

manual: $(DEV)
	@$(BIN)/python tools/ensure_browser.py
	@$(BIN)/python -m tests.browser.manual

rules: $(DEV)
	@$(BIN)/python -m pytest -qq --rules

lock: $(DEV)
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) requirements/run.in -c requirements/dev.txt -o requirements/run.txt

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmarks htmlcov .coverage*
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +
