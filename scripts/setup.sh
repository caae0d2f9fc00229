#!/usr/bin/env bash
# Install the package and its tools into the active environment (or into ./.venv, made here).
#
#   bash scripts/setup.sh
#
# Without an NVIDIA GPU on Linux it takes a CPU build of torch, which spares gigabytes of CUDA libraries.
# With one, or elsewhere, pip's own choice of torch is right and nothing special happens.
set -euo pipefail
cd "$(dirname "$0")/.."

TORCH_VERSION=2.13.0 # tried together with everything else; a GPU user gets what pyproject.toml allows

if [ -z "${VIRTUAL_ENV:-}" ]; then
    [ -d .venv ] || python3 -m venv .venv
    # shellcheck disable=SC1091
    . .venv/bin/activate
    echo "Installing into .venv; to use it: . .venv/bin/activate"
fi
python -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version)'

has_gpu() { command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q GPU; }

if [ "$(uname -s)" = Linux ] && ! has_gpu && ! python -c 'import torch' 2>/dev/null; then
    # "+cpu" names the CPU build wherever pip has one at hand; uv knows where torch publishes it otherwise.
    python -m pip install -q "torch==$TORCH_VERSION+cpu" 2>/dev/null || {
        python -m pip install -q uv
        uv pip install --torch-backend=cpu "torch==$TORCH_VERSION"
    }
fi
python -m pip install -q -e ".[dev]"
python -c 'import locomotion_hf, torch; print("locomotion_hf", locomotion_hf.__version__, "with torch", torch.__version__)'
