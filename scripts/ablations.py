#!/usr/bin/env python
"""Change one thing at a time in a short run of the main job, and keep what each change does.

    python scripts/ablations.py --json results/ablations.json

Every run sees the same number of clips and is evaluated on the same held-out ones. The file is written
after each run; runs that it already holds are skipped, so a stopped series goes on where it was.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from locomotion_hf.evaluation import write_results

#: Name -> what is changed, as arguments of scripts/pretrain.py.
CHANGES = {
    "default": "",
    "AdamW for all instead of Muon": "--optim adamw",
    "usual initial weights of the BERT parts (.02)": (
        "--config_overrides text_config.initializer_range=.02,cross_modal_config.initializer_range=.02"
    ),
    "no groups: every clip another object and background": "--group_size 1",
    "without VTM and MLM": "--config_overrides vtm_weight=0,mlm_weight=0",
    "without MLM": "--config_overrides mlm_weight=0",
}
KEPT = ("gallery/clip/vtc/t2v/r1", "same_noun/clip/vtc/t2v/r1", "same_scene/clip/vtc/t2v/r1")


def run(change: str, seed: int, steps: int) -> dict:
    """One run; its figures, stamp and cost."""
    pretrain = Path(__file__).with_name("pretrain.py")
    with tempfile.TemporaryDirectory() as folder:
        command = f"--max_steps {steps} --eval_top_k 0 --sample_dir '' --save_steps 100000 --seed {seed} {change}"
        launch = [sys.executable, "-m", "accelerate.commands.launch", str(pretrain)]
        subprocess.run([*launch, *shlex.split(command), "--output_dir", f"{folder}/model"], check=True)
        results = json.loads(Path(folder, "model", "results.json").read_text())
    figures = {key: results["trained"]["figures"][key] for key in KEPT}
    return {
        "change": change,
        "seed": seed,
        "figures": figures,
        "cost": results["cost"],
        "stamp": results["stamp"],
    }


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, default=Path("results/ablations.json"))
    parser.add_argument("--max_steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    args = parser.parse_args()
    kept = json.loads(args.json.read_text()) if args.json.exists() else {"max_steps": args.max_steps, "runs": {}}
    if kept["max_steps"] != args.max_steps:
        sys.exit(f"{args.json} holds runs of {kept['max_steps']} steps; name another file for {args.max_steps}.")
    for seed in args.seeds:
        for name, change in CHANGES.items():
            key = f"{name}, seed {seed}"
            if key in kept["runs"]:
                continue
            print(f"== {key}", flush=True)
            kept["runs"][key] = run(change, seed, args.max_steps)
            write_results(args.json, kept)


if __name__ == "__main__":
    main()
