# Everything a developer runs. `make` alone lists it.
# A machine needs Python 3.11 or later with venv, git and make; `make test` also Node.js and, once, root for ffmpeg and Chromium.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# What is installed so far: enough to run the servers, or everything a developer needs.
MEMBERS     := $(VENV)/.members-installed
DEVELOPMENT := $(VENV)/.development-installed
# Through pip, not uv: which build of torch suits a machine (CPU or which CUDA) is a matter of its pip settings.
TORCH  := torch==2.13.0
GROUPS := --group lint --group test --group upstream
EDITABLE := -e sdk -e index-server -e server[embedded]
# Of every provider's extra, what the tests need.
EXTRAS := alipan,azure,databricks,fsspec,gcs,oci
SOURCES := sdk server index-server tests benchmarks demo scripts
# Another upstream than the one of the development environment, in an environment of its own.
VERSION  ?= 1.20.0
UPSTREAM := .venv-upstream/$(VERSION)
# Tests wait for other processes about as long as they work: three sessions, each with servers of its own, keep two
# cores busy. Who runs out of tests takes some of another's.
WORKERS ?= 3
PYTEST  := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
# Pinned apart from the members, so that the environment is the same tomorrow.
INSTALL := $(BIN)/uv pip install --python $(BIN)/python --compile-bytecode -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup system-packages test-servers demo demo-stop test test-again test-fast endurance test-upstream matrix lint format bench constraints clean

help: ## List these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEVELOPMENT) ## Create .venv: the members editable, stock fiftyone, the tools, the drop-in enabled

$(MEMBERS): constraints.txt sdk/pyproject.toml server/pyproject.toml index-server/pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet -c constraints.txt uv
	$(INSTALL) $(EDITABLE)
	touch $@

$(DEVELOPMENT): $(MEMBERS) pyproject.toml
	$(INSTALL) -e "sdk[$(EXTRAS)]" $(EDITABLE) $(GROUPS)
	$(BIN)/python -m pip install --quiet -c constraints.txt "$(TORCH)"
	$(BIN)/safelight dropin enable
	touch $@

system-packages: ## Install what the tests need from the system (ffmpeg, Chromium); needs root, once
	scripts/install-system-packages

test-servers: ## Install what the tests run against (Azurite, mongosh) into this user's cache; needs npm, once
	scripts/install-test-servers

demo: $(MEMBERS) ## The whole main job on this machine, end to end
	$(BIN)/python -m demo

demo-stop: ## Stop what the demo left running (its data stay in .demo)
	$(BIN)/safelight-server stop --state-dir .demo/stack

test: $(DEVELOPMENT) system-packages test-servers ## Every test but those of `make endurance`, the quick ones first
	$(PYTEST)

test-again: $(DEVELOPMENT) ## What failed last time, one after another
	$(PYTEST) -n 0 --last-failed --last-failed-no-failures none

test-fast: $(DEVELOPMENT) test-servers ## Without the tests that take minutes
	$(PYTEST) -m "not e2e and not drift and not soak and not endurance"

endurance: $(DEVELOPMENT) test-servers ## A million mutated frames, ten idle minutes: what needs a quarter of an hour for one test
	$(PYTEST) -m endurance

test-upstream: $(DEVELOPMENT) test-servers ## The workflows and the table of seams on another FiftyOne: VERSION=1.20.0
	test -x $(UPSTREAM)/bin/python || $(BIN)/python -m venv $(UPSTREAM)
	grep -vE "^(fiftyone|voxel51-eta|mongoengine|paramiko)" constraints.txt > $(UPSTREAM)/constraints.txt
	$(BIN)/uv pip install --python $(UPSTREAM)/bin/python --compile-bytecode -c $(UPSTREAM)/constraints.txt \
	  -e "sdk[$(EXTRAS)]" $(EDITABLE) --group test "fiftyone==$(VERSION)"
	$(UPSTREAM)/bin/python -m pip install --quiet -c constraints.txt "$(TORCH)"
	$(UPSTREAM)/bin/safelight dropin enable
	$(UPSTREAM)/bin/python -m pytest tests/workflows tests/dropin/test_targets.py tests/dropin/test_drift.py

matrix: $(DEVELOPMENT) test-servers ## Run every workflow on every provider, and record what it costs for the docs
	RECORD_MATRIX=1 $(BIN)/python -m pytest tests/workflows/test_matrix.py

lint: $(DEVELOPMENT) ## ruff, mypy --strict, import directions, module sizes
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_module_sizes.py $(SOURCES)

format: $(DEVELOPMENT) ## Let ruff format and repair what it can
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(DEVELOPMENT) ## Ours against the best peers, in one run (minutes)
	$(INSTALL) --group bench
	PYTHONPATH=tests $(BIN)/python -m benchmarks

constraints: $(MEMBERS) ## Pin the newest versions that fit together, for every supported Python
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --no-header --no-annotate \
	  $(addprefix --no-emit-package ,safelight safelight-index safelight-server torch) \
	  --all-extras $(GROUPS) --group bench --group tools \
	  --output-file constraints.txt pyproject.toml sdk/pyproject.toml server/pyproject.toml index-server/pyproject.toml

clean: ## Delete what the commands above made, except the demo's data
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -prune -exec rm -rf {} +
