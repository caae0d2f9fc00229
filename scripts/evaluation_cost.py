#!/usr/bin/env python
"""What ranking costs as the gallery grows: time and memory of `retrieve`, on synthetic vectors.

    python scripts/evaluation_cost.py --json results/evaluation_cost.json

So many clips and 1,000 texts (--texts 0: as many as clips), both directions, each text right for a group of clips.
Each size runs in a process of its own; its memory is the largest that `retrieve` held at a time, beyond the vectors
themselves. Reading clips and running a model are not in it. Times are of all cores together and depend on the
machine, so ratios are told with them.
"""

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf.evaluation import retrieve, write_results
from locomotion_hf.evaluation.protocol import origin
from locomotion_hf.randomness import stream
from locomotion_hf.tables import aligned

SIZES = (1_000, 10_000, 100_000)
#: Width of the vectors, and texts of a group. Source: own choice; the width is the lineage's.
WIDTH, GROUP = 256, 10


def measure(size: int, texts: int, top_k: int) -> dict[str, Any]:
    """CPU seconds, and bytes beyond the vectors, of both directions at one size."""
    draws = stream(0, "evaluation cost", size)
    clips, asked = (draws.standard_normal((count, WIDTH), np.float32) for count in (size, texts))
    for vectors in (clips, asked):
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = max(1, min(size, texts) // GROUP)
    clip_groups, text_groups = ([str(row % groups) for row in range(count)] for count in (size, texts))

    def rescore(text_indices: np.ndarray, video_indices: np.ndarray) -> np.ndarray:
        return np.sin(text_indices * 12.9898 + video_indices * 78.233)  # numbers without an order

    tracemalloc.start()
    start = time.process_time()
    found = retrieve(clips, asked, clip_groups, text_groups, rescore=rescore if top_k else None, top_k=top_k)
    cpu_seconds = time.process_time() - start
    return {
        "candidates": size,
        "texts": texts,
        "top_k": top_k,
        "cpu_seconds": round(cpu_seconds, 3),
        "bytes": tracemalloc.get_traced_memory()[1],
        "vector_bytes": clips.nbytes + asked.nbytes,
        "dense_bytes": 8 * size * texts,
        "map": found.text_to_video.mean_average_precision,
    }


def main() -> None:
    """Measure each size in a fresh process, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="numbers of candidates")
    parser.add_argument("--texts", type=int, default=1000, help="0: as many as candidates (default: 1000)")
    parser.add_argument("--top_k", type=int, default=0, help="also put so many in order again, by made-up scores")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.one, args.texts or args.one, args.top_k)))
        return
    runs = []
    for size in tqdm(args.sizes, unit="size", disable=not sys.stderr.isatty()):
        command = [sys.executable, __file__, "--one", str(size)]
        command += ["--texts", str(args.texts), "--top_k", str(args.top_k)]
        runs.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    first = runs[0]
    for run in runs:
        pairs = run["dense_bytes"] / first["dense_bytes"]
        run["time_per_pair_to_first"] = round(run["cpu_seconds"] / first["cpu_seconds"] / pairs, 3)
        run["bytes_to_first"] = round(run["bytes"] / max(1, first["bytes"]), 3)
        run["bytes_to_dense"] = round(run["bytes"] / run["dense_bytes"], 5)
    rows = [("candidates", "CPU s", "time a pair", "memory, MB", "memory", "of a dense matrix")]
    for run in runs:
        rows.append(
            (
                f"{run['candidates']:,}",
                f"{run['cpu_seconds']:.1f}",
                f"x {run['time_per_pair_to_first']:.2f}",
                f"{run['bytes'] / 1e6:.0f}",
                f"x {run['bytes_to_first']:.2f}",
                f"{100 * run['bytes_to_dense']:.1f} %",
            )
        )
    print(aligned(rows))
    if args.json:
        settings = {"width": WIDTH, "texts_of_a_group": GROUP, "top_k": args.top_k}
        print(f"Wrote {write_results(args.json, {**origin(Path(__file__)), **settings, 'runs': runs})}")


if __name__ == "__main__":
    main()
