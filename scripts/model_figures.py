#!/usr/bin/env python
"""Measure what the model costs: work, time and memory, with each saving switched on and off, in one run.

    python scripts/model_figures.py --json results/model_figures.json        # one core, about five minutes
    python scripts/model_figures.py --device cuda --json gpu.json            # paper-sized models, rates and MFU

Work is counted, not measured: floating-point operations of each preset, by frames, for one clip with its text of 32
words (encoding, VTC, VTM with three pairs, MLM; a training step counts three times the forward pass). Times are
medians over rounds in which the candidates take turns; on a CPU they are process time of one thread, and only their
ratios hold. Peak memory is what a step allocates on top of what was there before it.

What is held against what:

  re-ranking   one clip and 32 texts: each pair by itself (`match_logits`), or the clip's keys and values once
               (`score`)
  training     a step of the pre-training model as it is; against keys and values projected once for each of a clip's
               four texts, and against gradient checkpointing
  compiling    torch.compile on or off: encoding clips and texts, and on a GPU the training step, too
  precision    what bfloat16 changes in the similarities and in the match scores

With `--device cuda` the models are the presets themselves, and there is besides: clips a second, and the share of the
machine's own rate of multiplying matrices that a step reaches (MFU).
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode
from tqdm.auto import tqdm
from transformers import PreTrainedModel

from locomotion_hf.evaluation.protocol import origin, write_results
from locomotion_hf.modeling import LocoMotionConfig, LocoMotionForPreTraining

SEED, WORDS, TEXTS = 0, 32, 32
#: Frames that the table of operations has; 12 are what the lineage tests with.
FRAMES = (1, 4, 8, 12, 16)
#: Pairs that are judged one by one to know what one costs.
PAIRS = 2
Settings = dict[str, Any]


class Scale:
    """How large everything is: on a laptop, on a GPU, or only to show that it runs."""

    def __init__(self, device: str, quick: bool) -> None:
        self.presets = ("tiny", "small", "base", "faithful")
        self.rounds = 1 if quick else 3 if device == "cpu" else 9
        self.rerank_frames = (1,) if quick else (4, 12)
        #: Name, preset, side in pixels (None: the preset's), and (batch, frames) to take a step with.
        self.training: list[tuple[str, str, int | None, list[tuple[int, int]]]] = [
            ("tiny", "tiny", None, [(2, 2)] if quick else [(8, 8), (8, 16), (32, 16)])
        ]
        if device == "cpu" and not quick:
            self.training.append(("small at 64 pixels", "small", 64, [(2, 2), (2, 4), (4, 2)]))
        elif not quick:
            self.training += [("base", "base", None, [(16, 4), (16, 8)]), ("faithful", "faithful", None, [(64, 4)])]
        self.compiled = not quick


def build(preset: str, side: int | None = None) -> LocoMotionForPreTraining:
    """A preset with new weights, its frames of another size where asked for."""
    config = LocoMotionConfig.preset(preset)
    if side is not None:
        config.video_config.image_config.image_size = side
    torch.manual_seed(SEED)
    return LocoMotionForPreTraining(config)


def batch(model: PreTrainedModel, size: int, frames: int, device: str) -> dict[str, torch.Tensor]:
    """Random clips and texts of 32 words; the numbers in them cost nothing."""
    video, draws = model.config.video_config, torch.Generator().manual_seed(SEED)
    shape = (size, frames, video.num_channels, video.image_size, video.image_size)
    ids = torch.randint(1000, 4000, (size, WORDS), generator=draws)
    return {"input_ids": ids.to(device), "pixel_values_videos": torch.randn(shape, generator=draws).to(device)}


def operations(run: Callable[[], Any]) -> int:
    """Floating-point operations of the matrix products and convolutions in a call; two for each multiply-add."""
    with FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops())


@torch.no_grad()
def work(model: LocoMotionForPreTraining, frames: int) -> dict[str, float]:
    """Billions of operations for one clip; of a model on the device "meta" nothing is computed."""
    video, config = model.config.video_config, model.config
    clip = torch.zeros(1, frames, video.num_channels, video.image_size, video.image_size, device=model.device)
    ids = torch.ones(1, WORDS, dtype=torch.long, device=model.device)
    seen = model.get_video_features(clip).last_hidden_state
    # A clip's four texts: its own, once whole and once with words masked, and two that do not match.
    read = model.get_text_features(ids).last_hidden_state.expand(4, -1, -1)
    masked = round(config.mlm_probability * WORDS)
    counted = {
        "video": operations(lambda: model.get_video_features(clip)),
        "texts": 2 * operations(lambda: model.get_text_features(ids)),
        "fusion": operations(lambda: model.fuse(seen, read)),
        "fusion_unshared": operations(lambda: model.fuse(seen.expand(4, -1, -1), read)),
        "heads": operations(lambda: (model.vtm_head(read[:3, 0]), model.mlm_head(read[0, :masked]))),
    }
    counted["step"] = 3 * sum(counted[part] for part in ("video", "texts", "fusion", "heads"))
    counted["step_unshared"] = 3 * sum(counted[part] for part in ("video", "texts", "fusion_unshared", "heads"))
    return {part: number / 1e9 for part, number in counted.items()}


def sizes(preset: str) -> Settings:
    """Parameters of a preset in millions, and its operations by frames."""
    # The small one is run: its first layer asks for the kind of device, which "meta" is none of.
    with torch.device("cpu" if preset == "tiny" else "meta"):
        model = build(preset).eval()
    parts = {
        "video": model.model.video_model,
        "text": model.model.text_model,
        "cross_modal": model.cross_modal_encoder,
        "all": model,
    }
    return {
        "image_size": model.config.video_config.image_size,
        "millions": {name: sum(p.numel() for p in part.parameters()) / 1e6 for name, part in parts.items()},
        "gflop": {str(frames): work(model, frames) for frames in FRAMES},
    }


def clock(device: str) -> float:
    """Seconds: of this process on a CPU, of the wall on a GPU, whose work is waited for."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def medians(candidates: Mapping[str, Callable[[], object]], rounds: int, device: str, what: str) -> dict[str, float]:
    """Seconds a call of each candidate, after one that does not count; they take turns."""
    spent = {name: list[float]() for name in candidates}
    for number in tqdm(range(rounds + 1), desc=what, unit="round"):
        for name, run in candidates.items():
            started = clock(device)
            run()
            if number:
                spent[name].append(clock(device) - started)
    return {name: statistics.median(values) for name, values in spent.items()}


def peak_megabytes(run: Callable[[], object], device: str) -> float:
    """The most that a call holds at once of what torch allocates, beyond what was held before."""
    if device != "cpu":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        run()
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        run()
    held = peak = 0
    for event in sorted(profiler.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak / 1e6


@contextmanager
def unshared(model: LocoMotionForPreTraining) -> Iterator[None]:
    """A model that projects a video's keys and values once for each of its texts, as the lineage does."""
    encoder = model.cross_modal_encoder
    shared = encoder.forward

    def repeated(text: Any, mask: Any, video: torch.Tensor, rows: Any = None, **kwargs: Any) -> Any:
        return shared(text, mask, video if rows is None else video[rows], **kwargs)

    encoder.forward = repeated
    try:
        yield
    finally:
        del encoder.forward


@contextmanager
def checkpointing(model: LocoMotionForPreTraining) -> Iterator[None]:
    """A model that computes its layers again in the backward pass instead of keeping them."""
    model.activation_checkpointing_enable()
    try:
        yield
    finally:
        model.activation_checkpointing_disable()


def rerank(frames: int, scale: Scale, device: str) -> dict[str, float]:
    """Seconds a pair by either way, for the paper-sized cross-modal encoder; and how far their scores differ."""
    config = LocoMotionConfig.faithful()
    config.text_config.num_hidden_layers = config.video_config.image_config.num_hidden_layers = 1  # not looked at
    torch.manual_seed(SEED)
    model = LocoMotionForPreTraining(config).eval().to(device)
    with torch.no_grad():  # wide enough that scores differ
        for layer in (model.vtm_head, model.video_to_cross_modal):
            for weight in layer.parameters():
                weight.normal_(std=0.5)
    draws = torch.Generator().manual_seed(SEED)
    video = torch.randn(1, frames * 197, 768, generator=draws).to(device)
    texts = torch.randn(TEXTS, WORDS, 768, generator=draws).to(device)
    found: dict[str, torch.Tensor] = {}

    @torch.inference_mode()
    def each_pair() -> None:
        logits = torch.cat([model.match_logits(video, texts[number : number + 1]) for number in range(PAIRS)])
        found["each_pair"] = logits[:, 1] - logits[:, 0]

    @torch.inference_mode()
    def once_a_video() -> None:
        found["score"] = model.score(video, texts)[0]

    seconds = medians(
        {"each_pair": each_pair, "score": once_a_video}, scale.rounds, device, f"re-ranking, {frames} frames"
    )
    each, once = seconds["each_pair"] / PAIRS, seconds["score"] / TEXTS
    difference = (found["each_pair"] - found["score"][:PAIRS]).abs().max().item()
    return {
        "each_pair_seconds": each,
        "score_seconds": once,
        "ratio": each / once,
        "difference": difference,
        "spread": found["score"].std().item(),
    }


def training(
    name: str, model: LocoMotionForPreTraining, size: int, frames: int, compiled: bool, device: str, rounds: int
) -> Settings:
    """Steps of one model with one batch: seconds and memory, and ratios to the model as it is."""
    inputs = batch(model, size, frames, device)
    precision = torch.autocast("cuda", torch.bfloat16) if device != "cpu" else nullcontext()

    def step(called: Callable[..., Any] = model) -> None:
        torch.manual_seed(SEED)
        with precision:
            loss = called(**inputs).loss
        loss.backward()
        model.zero_grad(set_to_none=True)

    def with_(change: Callable[[LocoMotionForPreTraining], Any]) -> Callable[[], None]:
        def run() -> None:
            with change(model):
                step()

        return run

    candidates: dict[str, Callable[[], None]] = {
        "as_it_is": step,
        "unshared": with_(unshared),
        "checkpointing": with_(checkpointing),
    }
    found: Settings = {"model": name, "batch": size, "frames": frames}
    if compiled:
        found["compile_seconds"], candidates["compiled"] = ready(model, step)
    step()
    memory = {which: peak_megabytes(run, device) for which, run in candidates.items()}
    seconds = medians(candidates, rounds, device, f"{name}, {size} x {frames} frames")
    found |= {"seconds": seconds, "peak_megabytes": memory, "clips_per_second": size / seconds["as_it_is"]}
    found["time_ratio"] = {which: value / seconds["as_it_is"] for which, value in seconds.items()}
    found["memory_ratio"] = {which: value / memory["as_it_is"] for which, value in memory.items()}
    return found


def ready(model: torch.nn.Module, step: Callable[[Any], None]) -> tuple[float, Callable[[], None]]:
    """Compile a model of its own, so that what is switched on and off in the other compiles nothing anew.

    Returns:
        Seconds of the wall until the first step was through, and the step.
    """
    started = time.perf_counter()
    fast = torch.compile(copy.deepcopy(model))
    step(fast)
    return time.perf_counter() - started, lambda: step(fast)


@torch.inference_mode()
def encoding(preset: str, size: int, frames: int, device: str, rounds: int) -> Settings:
    """Clips and texts to vectors, compiled or not: a training step would take minutes to compile on a CPU."""
    model = build(preset).eval().to(device).model
    inputs = batch(model, size, frames, device)

    def encode(called: Callable[..., Any] = model) -> None:
        found["embeds"] = called(**inputs).video_embeds

    found: dict[str, torch.Tensor] = {}
    compile_seconds, fast = ready(model, encode)
    outcomes = []
    for run in (encode, fast):
        run()
        outcomes.append(found["embeds"].clone())
    seconds = medians({"as_it_is": encode, "compiled": fast}, rounds, device, f"encoding, {size} x {frames} frames")
    return {
        "model": preset,
        "batch": size,
        "frames": frames,
        "seconds": seconds,
        "time_ratio": seconds["compiled"] / seconds["as_it_is"],
        "compile_seconds": compile_seconds,
        "difference": (outcomes[0] - outcomes[1]).abs().max().item(),
    }


def matrix_rate(device: str, rounds: int) -> float:
    """Operations a second of multiplying large matrices, bfloat16 on a GPU."""
    side, dtype = (8192, torch.bfloat16) if device != "cpu" else (1024, torch.float32)
    left = torch.randn(side, side, device=device, dtype=dtype)
    seconds = medians({"product": lambda: left @ left}, rounds, device, "matrix rate")
    return 2 * side**3 / seconds["product"]


@torch.no_grad()
def half_precision(preset: str, device: str) -> dict[str, float]:
    """The largest differences that bfloat16 makes in cosines and in match scores, and how far these spread."""
    model = build(preset).eval().to(device)
    inputs = batch(model, 8, min(4, model.config.video_config.num_frames), device)
    outcomes = []
    for enabled in (False, True):
        with torch.autocast(device, torch.bfloat16, enabled=enabled):
            output = model(**inputs, return_loss=False)
            states = output.video_model_output.last_hidden_state, output.text_model_output.last_hidden_state
            scores = model.score(*states).float()
        outcomes.append(((output.video_embeds.float() @ output.text_embeds.float().T), scores))
    (cosines, scores), (low_cosines, low_scores) = outcomes
    return {
        "cosine_difference": (cosines - low_cosines).abs().max().item(),
        "cosine_spread": cosines.std().item(),
        "score_difference": (scores - low_scores).abs().max().item(),
        "score_spread": scores.std().item(),
    }


def measure(scale: Scale, device: str) -> Settings:
    """All figures."""
    presets = {preset: sizes(preset) for preset in tqdm(scale.presets, desc="work", unit="preset")}
    reranking = {str(frames): rerank(frames, scale, device) for frames in scale.rerank_frames}
    steps = []
    for name, preset, side, grid in scale.training:
        model = build(preset, side).train().to(device)
        for size, frames in grid:
            compiled = device != "cpu" and scale.compiled and (size, frames) == grid[0]
            steps.append(training(name, model, size, frames, compiled, device, scale.rounds))
            torch.compiler.reset()
    figures: Settings = {"presets": presets, "reranking": reranking, "training": steps}
    if scale.compiled:
        figures["encoding"] = [encoding("tiny", 32, 16, device, scale.rounds)]
    halved = ("tiny",) if device == "cpu" else ("tiny", "base")
    figures["bfloat16"] = {name: half_precision(name, device) for name in halved}
    if device != "cpu":
        rate = matrix_rate(device, scale.rounds)
        figures["matrix_rate"] = rate
        for one in steps:
            operations_a_clip = presets[one["model"]]["gflop"][str(one["frames"])]["step"] * 1e9
            one["mfu"] = operations_a_clip * one["clips_per_second"] / rate
    return figures


def show(figures: Settings) -> str:
    """The figures for a person, the most important first."""
    lines = [
        f"{name:10s} {one['millions']['all']:7.1f} M parameters; GFLOP of a step by frames: "
        + ", ".join(f"{frames}: {work_['step']:.4g}" for frames, work_ in one["gflop"].items())
        for name, one in figures["presets"].items()
    ]
    lines += [
        f"re-ranking, {frames} frames: {one['ratio']:.1f} times as fast as each pair by itself, scores within "
        f"{one['difference']:.1e}"
        for frames, one in figures["reranking"].items()
    ]
    for one in figures["training"]:
        pairs = (
            f"{which} {one['time_ratio'][which]:.2f} x time {one['memory_ratio'][which]:.2f} x memory"
            for which in one["time_ratio"]
            if which != "as_it_is"
        )
        lines.append(f"{one['model']}, batch {one['batch']}, {one['frames']} frames: {'; '.join(pairs)}")
    lines += [
        f"{one['model']}, encoding a batch of {one['batch']}: compiled {one['time_ratio']:.2f} x time, after "
        f"{one['compile_seconds']:.0f} s of compiling"
        for one in figures.get("encoding", ())
    ]
    return "\n".join(lines)


def main() -> None:
    """Parse, measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where the models run")
    parser.add_argument("--quick", action="store_true", help="one round of small sizes: shows that it runs")
    args = parser.parse_args()
    if args.device == "cpu":
        torch.set_num_threads(1)
    started = time.perf_counter()
    figures = measure(Scale(args.device, args.quick), args.device)
    print(show(figures))
    print(f"{time.perf_counter() - started:.0f} seconds")
    if args.json:
        how = {
            **origin(Path(__file__)),
            "quick": args.quick,
            "device": args.device if args.device == "cpu" else torch.cuda.get_device_name(),
            "words": WORDS,
            "texts": TEXTS,
            "unit": "medians over interleaved rounds; seconds of one thread's process time on a CPU",
        }
        print(f"Written to {write_results(args.json, {**how, **figures})}.")


if __name__ == "__main__":
    main()
