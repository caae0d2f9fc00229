#!/usr/bin/env python
r"""Build the benchmark of physically simulated motions: src/locomotion_hf/corpora/physics/*.parquet.

It needs an environment of its own, because pybullet's wheel wants numpy 1 (Python 3.11):

    python3.11 -m venv physics_env
    physics_env/bin/pip install -r dataset_scripts/physics/requirements.txt
    physics_env/bin/python dataset_scripts/build_physics.py --work_dir physics_work

    # a small one, elsewhere: 3 scenes a pair and split
    physics_env/bin/python dataset_scripts/build_physics.py --work_dir try_work --output_dir try --train 3 --test 3

Every scene (things, textures, light, camera) gives one clip of each class of an opposed pair. Each clip is
checked against its trajectory in the picture; a scene that fails is drawn again, and how often is written.
Finished scenes wait in --work_dir: stop it whenever you like, and start it again with the same command.
The same seed gives the same trajectories, and the same bytes where the libraries are the same.

Afterwards, in the project's own environment:

    python dataset_scripts/check_physics.py --json results/physics.json
"""

from __future__ import annotations

import argparse
import importlib.util
import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from physics.classes import PAIRS, Pair
from tqdm import tqdm

OUTPUT = Path(__file__).parents[1] / "src" / "locomotion_hf" / "corpora" / "physics"


def make_scene(wanted: tuple[str, Pair, int], work_dir: Path, seed: int, crf: int) -> None:
    """Simulate, check and render one scene, unless it is there."""
    from physics.clips import clips_of
    from physics.release import rows_of, save_scene

    split, pair, index = wanted
    path = scene_file(work_dir, wanted)
    if not path.exists():
        scene, clips, thrown = clips_of(pair, split, index, seed, work_dir / "meshes")
        save_scene(path, rows_of(pair, scene, clips, 1 + sum(thrown.values()), crf), dict(thrown))


def scene_file(work_dir: Path, wanted: tuple[str, Pair, int]) -> Path:
    """Where a finished scene waits."""
    split, pair, index = wanted
    return work_dir / f"{split}-{pair.name}-{index:03d}.json"


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The text above as it stands, and every default."""


def main() -> None:
    """Make the scenes that are missing, then write the Parquet files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Help)
    parser.add_argument("--work_dir", type=Path, required=True, help="finished scenes are kept here")
    parser.add_argument("--output_dir", type=Path, default=OUTPUT, help="for train.parquet and test.parquet")
    parser.add_argument("--train", type=int, default=44, help="scenes a pair, that is clips a class, to train on")
    parser.add_argument("--test", type=int, default=44, help="scenes a pair, that is clips a class, to test on")
    parser.add_argument("--seed", type=int, default=0, help="of every draw")
    parser.add_argument("--crf", type=int, default=28, help="rate factor of H.264: lower is larger and finer")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    args = parser.parse_args()

    if importlib.util.find_spec("pybullet") is None:
        parser.error("pybullet is not installed here; this needs an environment of its own, see --help.")
    from physics.release import load_scene, write_parquet

    settings = {"seed": args.seed, "crf": args.crf}
    args.work_dir.mkdir(parents=True, exist_ok=True)
    noted = args.work_dir / "settings.json"
    if noted.exists() and json.loads(noted.read_text()) != settings:
        parser.error(f"{args.work_dir} holds scenes of {noted.read_text()}; name another --work_dir.")
    noted.write_text(json.dumps(settings))

    (args.work_dir / "meshes").mkdir(exist_ok=True)
    counts = {"train": args.train, "test": args.test}
    # Scene by scene over all pairs: a run that is stopped early has some of everything.
    wanted = [(split, pair, i) for i in range(max(counts.values())) for split in counts for pair in PAIRS]
    wanted = [(split, pair, index) for split, pair, index in wanted if index < counts[split]]
    make = partial(make_scene, work_dir=args.work_dir, seed=args.seed, crf=args.crf)
    with ProcessPoolExecutor(args.workers) as pool:
        for _ in tqdm(pool.map(make, wanted), total=len(wanted), unit="scene"):
            pass

    args.output_dir.mkdir(parents=True, exist_ok=True)
    thrown_away: Counter[str] = Counter()
    for split in counts:
        rows = []
        for item in [item for item in wanted if item[0] == split]:
            found, thrown = load_scene(scene_file(args.work_dir, item))
            rows += found
            thrown_away.update(thrown)
        path = args.output_dir / f"{split}.parquet"
        write_parquet(path, rows)
        print(f"{path}: {len(rows)} clips, {path.stat().st_size / 1e6:.1f} MB")
    for reason, count in sorted(thrown_away.items()):
        print(f"  drawn again: {count} x {reason}")


if __name__ == "__main__":
    main()
