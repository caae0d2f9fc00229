"""What a fine-tuning run says of itself: the plan before, the figures after, and the files that keep them."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from typing import Any

from huggingface_hub import ModelCard

from locomotion_hf.cards import model_card_data
from locomotion_hf.corpora import Corpus
from locomotion_hf.training.finetune_arguments import FinetuningArguments

_CARD = """---
{{ card_data }}
---

# LocoMotion (unofficial), fine-tuned

A video-language model for retrieval by motion: {{ start }}, {{ trained }}.
It re-implements the idea of [LocoMotion](https://arxiv.org/abs/2410.12018) (Doughty, Thoker, Snoek; ACCV 2024),
whose code was not published; it is not the authors' model, and its figures are not theirs.

```python
import locomotion_hf
from transformers import AutoModel, AutoProcessor

model = AutoModel.from_pretrained("{{ folder }}")
processor = AutoProcessor.from_pretrained("{{ folder }}")
```

## Figures

On {{ test.clips }} clips of {{ test.name }}, {{ test.split }}, with the weights of the last step:

```text
{{ table }}
```

Intervals are 95 %, bootstrapped over scenes, or over clips where scenes are not known. Machine: {{ machine }};
command: `{{ command }}`; everything else is in `results.json`.

## Limits

It saw {{ train.clips }} clips of one corpus, at {{ resolution }} pixels and {{ frames }} frames; what it does on
others has not been measured.
"""


def described(corpus: Corpus) -> dict[str, Any]:
    """A corpus for results.json: name, split, clips, classes, fingerprint, and what was skipped, by reason."""
    return {
        "name": corpus.name,
        "split": corpus.split,
        "clips": len(corpus),
        "classes": len({row.stratum for row in corpus.rows} - {""}),
        "fingerprint": corpus.fingerprint,
        "skipped": dict(Counter(row.reason for row in corpus.skipped)),
    }


def plan(args: FinetuningArguments, clips: int, processes: int) -> str:
    """What the run starts from, and how often it will see each clip, in a line.

    Args:
        args: with steps and batch settled.
        clips: to train on.
        processes: of the run.
    """
    if not args.max_steps:
        return f"From {args.start}, evaluated as it is."
    seen = args.max_steps * args.per_device_train_batch_size * args.gradient_accumulation_steps * processes
    how = f"adapters of rank {args.lora_rank} and the heads" if args.lora else "all weights"
    return f"From {args.start}, training {how}: {clips} clips, {seen / clips:.1f} passes over them."


def card(results: Mapping[str, Any], args: FinetuningArguments, table: str, folder: str) -> str:
    """The model's card.

    Args:
        results: what `results.json` holds.
        args: with steps and batch settled.
        table: the figures as plain text.
        folder: of the model.
    """
    stamp, train = results["stamp"], results["train"]
    machine = stamp["machine"]
    trained = "as it came"
    if args.max_steps:
        how = "by low-rank adapters, merged" if args.lora else "all of its weights"
        trained = f"fine-tuned ({how}) for {args.max_steps} steps on {train['clips']} clips of {train['name']}"
    made = ModelCard.from_template(
        model_card_data(),
        template_str=_CARD,
        start="from scratch" if args.start == "no pre-training" else f"from {results['run']['start']}",
        trained=trained,
        folder=folder,
        train=train,
        test=results["test"],
        table=table,
        machine=machine["accelerator"] or f"{machine['cpu']} ({machine['cores']} cores)",
        command=shlex.join(stamp["command"]),
        resolution=stamp["resolution"],
        frames=stamp["frames"],
    )
    return str(made)
