#!/usr/bin/env bash
# The tests marked `gpu` and both benchmarks on a machine with an NVIDIA GPU, from a checkout, without a network.
#
#   PYTHON=python3.11 bash benchmarks/gpu.sh        with an interpreter that has everything installed
#   WHEELS=folder bash benchmarks/gpu.sh            installs from a folder of wheels into .venv-gpu first
#
# The folder is made on a machine with a network, with the same Python and system:
#
#   pip wheel . -w folder -c constraints.txt                                     this package and what it needs
#   pip download -d folder -c constraints.txt '.[test,bench]' setuptools wheel   torch from PyPI brings CUDA on Linux
#   pip download -d folder cupy-cuda13x       for spacy-transformers; 12x if `torch.version.cuda` is 12. Without cupy
#                                             that contender is left out.
#
# `make bench-data` has to have been run there too: project/assets/bbc, project/corpus and project/encoders are copied
# along with the checkout. TRAIN_ARGS and PREDICT_ARGS are handed on to the benchmarks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON=${PYTHON:-python3}

if [[ -n ${WHEELS:-} ]]; then
    "$PYTHON" -m venv .venv-gpu
    PYTHON=.venv-gpu/bin/python
    "$PYTHON" -m pip install --quiet --no-index --find-links "$WHEELS" -c constraints.txt setuptools wheel
    "$PYTHON" -m pip install --quiet --no-index --find-links "$WHEELS" -c constraints.txt --no-build-isolation \
        -e '.[test,bench]'
    cuda=$("$PYTHON" -c 'import torch; print((torch.version.cuda or "none").split(".")[0])')
    "$PYTHON" -m pip install --quiet --no-index --find-links "$WHEELS" "cupy-cuda${cuda}x" ||
        echo "No wheel cupy-cuda${cuda}x in $WHEELS: spacy-transformers will be left out"
fi

export HF_HUB_OFFLINE=1
"$PYTHON" -c 'import sys, torch; sys.exit(None if torch.cuda.is_available() else "torch finds no CUDA device")'
# 5: no test is marked.
"$PYTHON" -m pytest -m gpu || [[ $? == 5 ]]
"$PYTHON" benchmarks/train.py --device cuda:0 ${TRAIN_ARGS:-}
"$PYTHON" benchmarks/predict.py --device cuda:0 ${PREDICT_ARGS:-}
