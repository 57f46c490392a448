# Every target does its own set-up in .venv: a fresh Debian needs python3 (3.11 or later), make and a network.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input install --use-pep517

# What the notebook kernels write goes here, so that no home directory is needed.
SCRATCH := $(CURDIR)/$(VENV)/var
export IPYTHONDIR          := $(SCRATCH)/ipython
export JUPYTER_CONFIG_DIR  := $(SCRATCH)/jupyter
export JUPYTER_DATA_DIR    := $(SCRATCH)/jupyter
export JUPYTER_RUNTIME_DIR := $(SCRATCH)/jupyter/runtime
export PYTHONNOUSERSITE    := 1

.DELETE_ON_ERROR:
.PHONY: help demo test lint bench peers notebooks docs clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/for-demo ## plan journeys on the bundled feed
	@$(BIN)/python examples/demo.py

test: lint $(VENV)/browser ## run every check
	$(BIN)/python data/make_sample.py --check
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/for-test ## style and types only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict src

notebooks: $(VENV)/for-test ## run the example notebooks and write their .ipynb with output
	@for script in examples/[0-9]*.py; do \
	    $(BIN)/python examples/render.py $$script || exit 1; done

# Built beside the environment first: what stands in site is always whole.
docs: $(VENV)/for-docs ## build the pages, the notebooks and the API reference into site
	$(BIN)/python -m sphinx -q -W --keep-going -c docs -d $(SCRATCH)/docs/tree . $(SCRATCH)/docs/html
	@rm -rf site && cp -R $(SCRATCH)/docs/html site
	@echo "open site/index.html"

bench: $(VENV)/for-test ## measure route queries, in about 15 minutes; writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/run.py

peers: $(VENV)/for-test ## install the routers that bench measures mobiplan beside
	@$(BIN)/python -m pip --quiet --disable-pip-version-check --no-input install \
	    --requirement benchmarks/peers/requirements.txt
	@if command -v npm >/dev/null; then \
	    npm install --prefix benchmarks/peers --no-package-lock --ignore-scripts \
	        --no-audit --no-fund --loglevel=error; \
	else echo "npm is not installed: bench leaves the routers out that run in node"; fi

clean: ## remove the environment and what the tools left
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks \
	    benchmarks/peers/node_modules site

# A stamp per set of packages: a second run starts at once, a changed pyproject.toml installs again.
$(VENV)/for-demo: pyproject.toml | $(VENV)/ready
	@echo "installing mobiplan into $(VENV) ..."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/for-test: pyproject.toml | $(VENV)/ready
	@echo "installing mobiplan and the tools of its checks into $(VENV) ..."
	@$(INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)/for-docs: pyproject.toml | $(VENV)/ready
	@echo "installing mobiplan and what builds its site into $(VENV) ..."
	@$(INSTALL) --editable '.[docs]'
	@touch $@

# The tests of the maps look at them in Debian's Chromium; without one they are skipped, and say so.
$(VENV)/browser: | $(VENV)/ready
	@command -v chromium >/dev/null || { \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "installing chromium (the tests of the maps open them in it) ..."; \
	        { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium; } >/dev/null; \
	    else echo "no chromium: the tests that open maps in a browser will be skipped" \
	              "(Debian or Ubuntu, as root: apt-get install chromium)"; fi; }
	@touch $@

# Debian keeps venv in a package of its own: root installs it, others are told how.
$(VENV)/ready:
	@command -v $(PYTHON) >/dev/null \
	    || { echo "mobiplan needs Python 3.11 or later: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "mobiplan needs Python 3.11 or later, and $(PYTHON) is" \
	              "$$($(PYTHON) -V 2>&1); name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "installing python3-venv (Debian keeps it apart from python3) ..."; \
	        { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y python3-venv; } >/dev/null; \
	    else false; fi; } \
	    || { echo "$(PYTHON) has no venv module. On Debian or Ubuntu, as root: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
	@mkdir -p $(SCRATCH)
	@touch $@
