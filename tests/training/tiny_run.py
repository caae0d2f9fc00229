"""A run of a few steps on random clips: what the tests of training share, and a script for other processes.

    python tiny_run.py '{"output_dir": "here", "max_steps": 4, "model": {"mlm_weight": 0}}'

Further arguments: `kill-at N` dies by SIGKILL in the middle of writing the N-th file of weights or states;
`sharded` divides the weights over the processes (FSDP2).
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin

from locomotion_hf.errors import LocoMotionError
from locomotion_hf.modeling import LocoMotionConfig, LocoMotionForPreTraining
from locomotion_hf.training import OptimizationArguments, make_accelerator, run_steps

SIZE = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
FRAMES, SIDE, WORDS = 4, 16, 8


def arguments(**changes: Any) -> OptimizationArguments:
    """Four steps of four clips."""
    small = {"max_steps": 4, "per_device_train_batch_size": 4, "logging_steps": 1, "save_steps": 2}
    return OptimizationArguments(**{**small, **changes})


def tiny_model(dropout: float = 0.1, **changes: Any) -> LocoMotionForPreTraining:
    """Equal weights at each call; dropout, so that random states matter."""
    torch.manual_seed(0)
    text = {**SIZE, "vocab_size": 60, "hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    config = LocoMotionConfig(
        video_config={**SIZE, "num_frames": FRAMES, "image_size": SIDE, "num_queries": 2},
        text_config=text,
        cross_modal_config={**text, "is_decoder": True, "add_cross_attention": True},
        projection_dim=16,
        **changes,
    )
    return LocoMotionForPreTraining(config)


def batch(number: int, rows: int) -> dict[str, torch.Tensor]:
    """The model's inputs: a function of `number`; scenes of two, whose clips differ in their group."""
    draw = torch.Generator().manual_seed(number)
    ids = torch.randint(5, 60, (rows, WORDS), generator=draw)
    ids[:, 0] = 2
    return {
        "pixel_values_videos": torch.rand(rows, FRAMES, 3, SIDE, SIDE, generator=draw),
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "group_ids": torch.arange(rows) + 1000 * number,
        "scene_ids": torch.arange(rows) // 2 + 1000 * number,
    }


def random_batches(accelerator: Accelerator, args: OptimizationArguments) -> Any:
    """What `run_steps` asks batches of."""

    def batches(first_step: int) -> Iterator[dict[str, torch.Tensor]]:
        parts = args.gradient_accumulation_steps
        for number in range(first_step * parts, args.max_steps * parts):
            yield batch(
                number * accelerator.num_processes + accelerator.process_index, args.per_device_train_batch_size
            )

    return batches


def train(
    model: torch.nn.Module, args: OptimizationArguments, accelerator: Accelerator | None = None
) -> dict[str, float]:
    """A whole run; checkpoints stay."""
    accelerator = accelerator or make_accelerator(args)
    model.to(accelerator.device)
    folder = Path(args.output_dir)
    return run_steps(accelerator, model, random_batches(accelerator, args), folder, args, {"seed": args.seed})


@contextmanager
def limited(kind: int, number: int) -> Iterator[None]:
    """This process under a limit of the system, such as `resource.RLIMIT_FSIZE`."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def losses(folder: Path) -> dict[int, float]:
    """Step to loss, from the log."""
    lines = map(json.loads, (folder / "train_log.jsonl").read_text().splitlines())
    return {line["step"]: line["loss"] for line in lines}


def _die_while_writing(count: int) -> None:
    """Half of the bytes of the `count`-th file that torch writes, then SIGKILL to the whole group."""
    whole_save, written = torch.save, [0]

    def save(value: Any, file: Any, *args: Any, **kwargs: Any) -> None:
        whole_save(value, file, *args, **kwargs)
        written[0] += 1
        if written[0] == count:
            os.truncate(file if isinstance(file, (str, Path)) else file.name, Path(file).stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    torch.save = save


def _shard() -> None:
    """FSDP2 among processes without a GPU: torch can, accelerate leaves the plugin aside unless its state is told."""
    for state in (PartialState, AcceleratorState):
        state._shared_state["distributed_type"] = DistributedType.FSDP
    AcceleratorState._shared_state["fsdp_plugin"] = FullyShardedDataParallelPlugin()  # of the configuration


def main() -> None:
    """See above."""
    changes = json.loads(sys.argv[1])
    model = tiny_model(**changes.pop("model", {}))
    args = arguments(**changes)
    how, number = [*sys.argv[2:], "", "0"][:2]
    torch.set_num_threads(1)
    try:
        accelerator = make_accelerator(args)
        if how == "kill-at" and accelerator.is_main_process:
            _die_while_writing(int(number))
        if how == "sharded":
            _shard()
        train(model, args, accelerator)
        if accelerator.is_main_process:
            torch.save(model.state_dict(), Path(args.output_dir) / "end.bin")
        accelerator.wait_for_everyone()
        accelerator.end_training()
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
