#!/usr/bin/env bash
# The tests marked `gpu` and both benchmarks on a machine with an NVIDIA GPU, from a checkout, without a network.
#
#   PYTHON=python3.12 bash benchmarks/gpu.sh                      with an interpreter that has everything installed
#   PYTHON=python3.12 WHEELS=folder bash benchmarks/gpu.sh        with one that has torch: the rest is in the folder
#
# torch comes with the machine, built for its CUDA: no wheel of it is copied or installed. The folder is made where there
# is a network, in a checkout after `make install bench-data`, for the other machine's Python:
#
#   bash benchmarks/gpu.sh wheels folder 3.12
#
# For spacy-transformers the folder also needs cupy (`pip download --no-deps -d folder cupy-cuda13x`, and its name in
# folder/requirements.txt; 12x if `torch.version.cuda` is 12) unless the machine has it; without cupy that contender is left
# out. project/assets/bbc, project/corpus and project/encoders are copied along with the checkout. TRAIN_ARGS and
# PREDICT_ARGS are handed on to the benchmarks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PACKAGES=.gpu-packages

if [[ ${1:-} == wheels ]]; then
    folder=${2:?folder} version=${3:?version of Python, as 3.12}
    mkdir -p "$folder"
    # What .venv has, but torch and the libraries that come with it.
    .venv/bin/python -m pip freeze --exclude-editable | grep -vE '^(torch|triton|nvidia|cuda)' >"$folder/requirements.txt"
    .venv/bin/python -m pip freeze --all | grep -E '^(setuptools|wheel)==' >>"$folder/requirements.txt"
    # jieba comes as source alone.
    .venv/bin/python -m pip wheel --quiet --no-deps --wheel-dir "$folder" "$(grep ^jieba "$folder/requirements.txt")"
    .venv/bin/python -m pip download --quiet --no-deps --dest "$folder" --find-links "$folder" \
        --python-version "$version" --only-binary :all: -r "$folder/requirements.txt"
    du -sh "$folder"
    exit
fi

PYTHON=${PYTHON:-python3}
if [[ -n ${WHEELS:-} ]]; then
    # A folder before the interpreter's own packages, and not a virtual environment, which would not see torch where the
    # interpreter is one's of a virtual environment itself.
    rm -rf "$PACKAGES"
    export PYTHONPATH=$PWD/$PACKAGES
    install() { "$PYTHON" -m pip install --quiet --no-index --no-deps --target "$PACKAGES" --upgrade "$@"; }
    install --find-links "$WHEELS" -r "$WHEELS/requirements.txt"
    install --no-build-isolation .
fi

export HF_HUB_OFFLINE=1
"$PYTHON" -c 'import sys, torch; sys.exit(None if torch.cuda.is_available() else "torch finds no CUDA device")'
# 5: no test is marked.
"$PYTHON" -m pytest -m gpu || [[ $? == 5 ]]
"$PYTHON" benchmarks/train.py --device cuda:0 ${TRAIN_ARGS:-}
"$PYTHON" benchmarks/predict.py --device cuda:0 ${PREDICT_ARGS:-}
