"""Offline, and quiet about it: nothing here may reach for a hub."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# One thread computes the same everywhere, and does not stall when the machine is busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")
