#!/usr/bin/env python
"""Measure what making clips costs, against the usual ways and against the floor, in one run.

    python scripts/benchmark.py data --json results/benchmark_data.json

All figures are CPU milliseconds a clip of 16 x 224 x 224 with two objects that move, turn and grow, on one
core: process time, medians over rounds in which the candidates take turns. Absolute figures differ from one
machine and one minute to the next; the ratios hold. It takes less than a minute on two cores, needs no
network, and works in a temporary folder.

What is held against what:

  synthesis   path drawn, object fetched, clip composited: naive PIL (resize, rotate, paste), ours, and the
              floor (memcpy of the clip, one read and write of the covered pixels)
  background  16 frames of a 480p H.264 video, every fourth: decoded with PyAV, or fetched from the cache
  ingest      writing that cache, against decoding the video and doing nothing (a video of 96 frames)
  loader      uint8 batches: decode each sample + PIL in a DataLoader, ours (cache and renderer into a shared
              ring), a DataLoader over stored raw clips; and ours with everything a recipe does besides
              (words, motion read to facts, caption)
  storage     an mp4 of the clip (time and bytes), and the recipe row that replaces it
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from locomotion_hf.assets.default_pack import ROOT, DefaultPackObjects, rows
from locomotion_hf.assets.folder import FolderBackgrounds
from locomotion_hf.assets.ingest import CachedBackgrounds, ingest
from locomotion_hf.compositing import Sprite, render
from locomotion_hf.dataset import Recipe
from locomotion_hf.evaluation.protocol import origin, write_results
from locomotion_hf.randomness import stream
from locomotion_hf.training.data import SyntheticPairs
from locomotion_hf.training.ring import ClipRing, ClipWriter
from locomotion_hf.types import Trajectory
from locomotion_hf.video_writing import encode_mp4, write_video

SEED, BATCH, OBJECTS, BANK = 0, 8, 2, 32
#: Frames of the source that lie between two kept ones: 30 frames a second shown at 7.5.
STRIDE, SOURCE_FPS = 4, 30.0


class Scale:
    """Sizes of everything; the full one is what the README shows, the quick one only shows that it runs."""

    def __init__(self, quick: bool) -> None:
        self.frames, self.side = (4, 48) if quick else (16, 224)
        self.room = round(self.side * 256 / 224)
        self.video = (72, 96, 20) if quick else (480, 854, 96)  # height, width, frames
        self.rounds, self.loader_clips, self.decoded_clips = (1, 16, 2) if quick else (9, 64, 4)
        self.times = np.arange(self.frames) / 8


def medians(candidates: dict[str, Callable[[int], object]], rounds: int, least_ms: float = 30.0) -> dict[str, float]:
    """CPU milliseconds a call of each candidate; they take turns, and are called with running numbers."""
    calls, spent = {}, {name: list[float]() for name in candidates}
    for name, run in candidates.items():
        run(0)  # compiles and fills caches
        started = time.process_time()
        run(1)
        calls[name] = max(1, round(least_ms / 1000 / max(time.process_time() - started, 1e-6)))
    for number in range(rounds):
        for name, run in candidates.items():
            started = time.process_time()
            for call in range(calls[name]):
                run(number * calls[name] + call)
            spent[name].append((time.process_time() - started) / calls[name] * 1000)
    return {name: statistics.median(values) for name, values in spent.items()}


def draw_path(rng: np.random.Generator, seconds: float) -> Trajectory:
    """Four random keyframes, as the field does it: the object moves, turns and grows or shrinks all the time."""
    times = np.linspace(0, seconds, 4)
    angles = rng.uniform(0, 360) + np.cumsum(rng.uniform(-60, 60, 4))
    return Trajectory(times, rng.uniform(0.2, 0.8, (4, 2)), angles, rng.uniform(0.36, 0.49, 4), times)


class Bank:
    """Cut-outs ready for either way of drawing, and which of them clip `index` shows where."""

    def __init__(self, scale: Scale) -> None:
        source = DefaultPackObjects()
        chosen = stream(SEED, "bank").choice(len(source.infos), BANK, replace=False)
        cut_outs = [source.load(source.infos[number].id) for number in chosen]
        self.scale = scale
        self.sprites = [Sprite(cut_out) for cut_out in cut_outs]
        self.pictures = [Image.fromarray(cut_out.rgba) for cut_out in cut_outs]

    def draw(self, index: int) -> tuple[list[int], list[Trajectory]]:
        """Numbers of the cut-outs, and their paths."""
        rng = stream(SEED, "clip", index)
        paths = [draw_path(rng, float(self.scale.times[-1])) for _ in range(OBJECTS)]
        return rng.integers(0, BANK, OBJECTS).tolist(), paths

    def ours(self, index: int, background: np.ndarray, out: np.ndarray) -> np.ndarray:
        """The clip, by the package's renderer."""
        numbers, paths = self.draw(index)
        return render(background, [self.sprites[number] for number in numbers], paths, self.scale.times, out=out)[0]

    def pil(self, index: int, background: np.ndarray) -> np.ndarray:
        """The clip as one writes it with Pillow, which premultiplies alpha in `resize` and `rotate`."""
        numbers, paths = self.draw(index)
        side, frames = self.scale.side, []
        places = [path.at(self.scale.times) for path in paths]
        for t, pixels in enumerate(background):
            frame = Image.fromarray(pixels)
            for number, (centres, angles, sizes) in zip(numbers, places, strict=True):
                picture = self.pictures[number]
                shown = sizes[t] * side / max(picture.size)
                size = max(1, round(picture.width * shown)), max(1, round(picture.height * shown))
                picture = picture.resize(size, Image.Resampling.BILINEAR)
                picture = picture.rotate(-angles[t], Image.Resampling.BILINEAR, expand=True)
                x, y = centres[t] * side - np.array(picture.size) / 2
                frame.paste(picture, (round(x), round(y)), picture)
            frames.append(np.asarray(frame))
        return np.stack(frames)


def write_source(folder: Path, scale: Scale) -> Path:
    """An H.264 video made from one of the pack's photographs: a pan, and the grain of a camera."""
    height, width, count = scale.video
    with Image.open(ROOT / rows("photos")[0]["file"]) as photo:
        room = photo.convert("RGB").resize((width * 5 // 4, height * 5 // 4), Image.Resampling.BICUBIC)
    still, rng = np.asarray(room).astype(np.int16), stream(SEED, "grain")
    frames = []
    for number in range(count):
        y, x = number * (height // 4) // count, number * (width // 4) // count
        grain = rng.integers(-6, 7, (height, width, 1), dtype=np.int16)
        frames.append((still[y : y + height, x : x + width] + grain).clip(0, 255).astype(np.uint8))
    folder.mkdir()
    write_video(folder / "source.mp4", np.stack(frames), SOURCE_FPS, crf=23)
    return folder / "source.mp4"


def decode(path: Path, scale: Scale, keep: bool = True) -> np.ndarray | None:
    """Every fourth frame, resized and cropped, as a loader that decodes each sample does it; or decode only."""
    frames: list[np.ndarray] = []
    side = scale.side
    with av.open(str(path)) as container:
        stream_ = container.streams.video[0]
        stream_.codec_context.thread_count = 1
        for number, frame in enumerate(container.decode(stream_)):
            if keep and number % STRIDE == 0:
                factor = scale.room / min(frame.width, frame.height)
                size = round(frame.width * factor), round(frame.height * factor)
                rgb = frame.reformat(*size, format="rgb24", interpolation="AREA").to_ndarray()
                frames.append(rgb[:side, :side])
            if len(frames) == scale.frames:
                break
    return np.stack(frames) if keep else None


class DecodeEach(Dataset):
    """The usual way: decode a video and paste with Pillow for each sample."""

    def __init__(self, path: Path, bank: Bank) -> None:
        self.path, self.bank = path, bank

    def __getitem__(self, index: int) -> np.ndarray:
        frames = decode(self.path, self.bank.scale)
        assert frames is not None
        return self.bank.pil(index, frames)


class Stored(Dataset):
    """Clips rendered beforehand, as raw pixels on disk."""

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self.clips = np.memmap(path, np.uint8, "r", shape=shape)

    def __getitem__(self, index: int) -> tuple[np.ndarray, float]:
        return np.array(self.clips[index % len(self.clips)]), time.process_time()


class OnTheFly:
    """Ours: frames fetched from the cache, objects drawn into the batch's place."""

    def __init__(self, backgrounds: CachedBackgrounds, bank: Bank) -> None:
        self.backgrounds, self.bank = backgrounds, bank
        self.clip_shape = (bank.scale.frames, bank.scale.side, bank.scale.side, 3)

    def write(self, index: int, out: np.ndarray) -> dict[str, Any]:
        """As `ClipWriter`; returns this process's CPU seconds so far."""
        self.bank.ours(index, fetch(self.backgrounds, index, self.bank.scale), out)
        return {"cpu": time.process_time()}


class FullRecipe(SyntheticPairs):
    """Ours with all that a recipe does."""

    def write(self, index: int, out: np.ndarray) -> dict[str, Any]:
        """The same, with this process's CPU seconds so far."""
        return {**super().write(index, out), "cpu": time.process_time()}


def fetch(backgrounds: CachedBackgrounds, index: int, scale: Scale) -> np.ndarray:
    """A window of some frames from the cache."""
    rng = stream(SEED, "window", index)
    clip = backgrounds.load(backgrounds.infos[0].id, scale.room)
    count, height, width = clip.frames.shape[:3]
    top, left = int(rng.integers(height - scale.side + 1)), int(rng.integers(width - scale.side + 1))
    numbers = (int(rng.integers(count)) + np.arange(scale.frames)) % count
    return clip.frames[numbers, top : top + scale.side, left : left + scale.side]


def loader_ms(batches: Any, cpu_of: Callable[[Any], float]) -> float:
    """CPU milliseconds a clip of a loader with one worker, in both processes, from the second batch on."""
    clips = 0
    here = there = 0.0
    for number, batch in enumerate(batches):
        if number == 0:
            here, there = time.process_time(), cpu_of(batch)
        else:
            clips += BATCH
            spent = time.process_time() - here + cpu_of(batch) - there
    return spent / clips * 1000


def ring_ms(clips: ClipWriter, count: int, first: int) -> float:
    """The same of a `ClipRing`."""
    batches = [list(range(start, start + BATCH)) for start in range(first, first + count + BATCH, BATCH)]
    with ClipRing(clips, batches, BATCH, 1) as ring:
        return loader_ms(ring, lambda batch: batch["cpu"][-1])


def measure_loaders(
    scale: Scale, bank: Bank, video: Path, backgrounds: CachedBackgrounds, folder: Path
) -> dict[str, float]:
    """The figures of `loader`."""
    shape = (scale.loader_clips, scale.frames, scale.side, scale.side, 3)
    stored = np.memmap(folder / "clips.raw", np.uint8, "w+", shape=shape)
    ours = OnTheFly(backgrounds, bank)
    for index in range(scale.loader_clips):
        ours.write(index, stored[index])
    recipe = Recipe(seed=SEED, num_frames=max(8, scale.frames), resolution=scale.side)
    full = FullRecipe(recipe, "caption")
    for index in range(BATCH):
        full[index]
    spent: dict[str, list[float]] = {"decode_each_ms": [], "ours_ms": [], "stored_raw_ms": [], "full_recipe_ms": []}
    for number in range(min(3, scale.rounds)):
        started = time.process_time()
        peers = DataLoader(DecodeEach(video, bank), scale.decoded_clips, sampler=range(scale.decoded_clips))
        for _ in peers:
            pass
        spent["decode_each_ms"].append((time.process_time() - started) / scale.decoded_clips * 1000)
        spent["ours_ms"].append(ring_ms(ours, scale.loader_clips, 0))
        raw = DataLoader(
            Stored(folder / "clips.raw", shape), BATCH, sampler=range(scale.loader_clips + BATCH), num_workers=1
        )
        spent["stored_raw_ms"].append(loader_ms(raw, lambda batch: float(batch[1][-1])))
        spent["full_recipe_ms"].append(ring_ms(full, scale.loader_clips // 2, number * scale.loader_clips))
    return {name: statistics.median(values) for name, values in spent.items()}


def measure_data(quick: bool) -> dict[str, Any]:
    """All figures; keys as in the JSON file."""
    scale = Scale(quick)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        video = write_source(folder / "videos", scale)
        source = FolderBackgrounds(folder / "videos")
        backgrounds = ingest(source, folder / "cache", scale.room, progress=False)
        bank = Bank(scale)
        clip = decode(video, scale)
        assert clip is not None
        # No loader draws on the same memory again and again: these take turns, as its batches do.
        clips = np.stack([np.roll(clip, shift, 2) for shift in range(16)])
        outs = np.zeros_like(clips[:8])
        changed = [bank.ours(index, clips[index], outs[index]) != clips[index] for index in range(8)]
        covered = int(np.mean([pixels.any(-1).sum() for pixels in changed]))

        def floor(index: int) -> None:
            np.copyto(outs[index % 8], clips[index % 16])
            pixels = outs[index % 8].reshape(-1)[: 3 * covered]
            np.bitwise_not(pixels, out=pixels)

        synthesis = medians(
            {
                "pil_ms": lambda index: bank.pil(index, clips[index % 16]),
                "ours_ms": lambda index: bank.ours(index, clips[index % 16], outs[index % 8]),
                "floor_ms": floor,
            },
            scale.rounds,
        )
        background = medians(
            {
                "decode_480p_ms": lambda _: decode(video, scale),
                "cache_ms": lambda index: fetch(backgrounds, index, scale),
            },
            scale.rounds,
        )

        def ingest_again(_: int) -> None:
            place = folder / f"ingest{time.monotonic_ns()}"
            ingest(source, place, scale.room, progress=False)

        ingesting = medians(
            {"decode_only_ms": lambda _: decode(video, scale, keep=False), "ingest_ms": ingest_again},
            min(3, scale.rounds),
        )
        loader = measure_loaders(scale, bank, video, backgrounds, folder)
        encoding = medians({"encode_mp4_ms": lambda _: encode_mp4(outs[0], 8.0)}, min(3, scale.rounds))
        storage = {
            **encoding,
            "mp4_bytes": len(encode_mp4(outs[0], 8.0)),
            "recipe_row_bytes": len(Recipe(seed=SEED).row("train", 12345)),
        }
    ratios = {
        "pil_to_ours": synthesis["pil_ms"] / synthesis["ours_ms"],
        "ours_to_floor": synthesis["ours_ms"] / synthesis["floor_ms"],
        "decode_to_cache": background["decode_480p_ms"] / background["cache_ms"],
        "ingest_to_decode_only": ingesting["ingest_ms"] / ingesting["decode_only_ms"],
        "decode_each_to_ours": loader["decode_each_ms"] / loader["ours_ms"],
        "ours_to_stored_raw": loader["ours_ms"] / loader["stored_raw_ms"],
    }
    return {
        "clip": {"frames": scale.frames, "side": scale.side, "objects": OBJECTS, "covered_pixels": covered},
        "synthesis": synthesis,
        "background": background,
        "ingest": ingesting,
        "loader": loader,
        "storage": storage,
        "ratios": ratios,
    }


def main() -> None:
    """Parse, measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    data = commands.add_parser(
        "data",
        help="making clips: renderer, background cache, loader",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    data.add_argument("--json", type=Path, help="also write the figures to this file")
    data.add_argument(
        "--quick", action="store_true", help="tiny clips, one round: shows that it runs, measures nothing"
    )
    args = parser.parse_args()
    started = time.perf_counter()
    figures = measure_data(args.quick)
    for group, values in figures.items():
        print(group)
        for name, value in values.items():
            print(f"  {name:24s} {value:10.3f}" if isinstance(value, float) else f"  {name:24s} {value:10d}")
    print(f"{time.perf_counter() - started:.0f} seconds")
    if args.json:
        how = {
            **origin(Path(__file__)),
            "quick": args.quick,
            "seed": SEED,
            "unit": "CPU milliseconds a clip, one core; medians over interleaved rounds",
        }
        print(f"Written to {write_results(args.json, {**how, **figures})}.")


if __name__ == "__main__":
    main()
