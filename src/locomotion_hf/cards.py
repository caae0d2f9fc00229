"""Cards rendered from what a run measured; no number is typed by hand."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from huggingface_hub import DatasetCard, DatasetCardData, ModelCard, ModelCardData

_MODEL = """---
{{ card_data }}
---

# LocoMotion (unofficial)

A small video-language model pre-trained on clips in which a pasted object moves along a known path, with
captions written from {{ trained_on }}. It re-implements the idea of
[LocoMotion](https://arxiv.org/abs/2410.12018) (Doughty, Thoker, Snoek; ACCV 2024), whose code was not
published; it is not the authors' model, and its figures are not theirs.

```python
import locomotion_hf
from transformers import AutoModel, AutoProcessor

model = AutoModel.from_pretrained("locomotion")
processor = AutoProcessor.from_pretrained("locomotion")
```

## Figures

{% if held_out -%}
On cut-outs and backgrounds that training never saw. Most nouns have one cut-out, so about four of five held-out
nouns are words that the text encoder never saw either: over all clips, what an object is called helps little.
{%- else -%}
Objects or backgrounds are those of training: there was one source of them only, so nothing could be held out.
{%- endif %}

```text
{{ table }}
```

Intervals are 95 %, bootstrapped over scenes or nouns. "Same object and background" is the figure that only
motion can move. Trained on {{ clips }} clips in {{ minutes }} minutes on {{ machine }}; command:
`{{ command }}`; everything else is in `results.json`.

## Limits

{{ motion }} over {{ backdrop }} backgrounds, at {{ resolution }} pixels and {{ frames }} frames.
It knows the words of its own grammar, not all of them equally well: `scripts/check_words.py` asks for each fact.
It has not been measured on real motion.
"""

_DATASET = """---
{{ card_data }}
---

# locomotion_synth

{{ rows }} clips of {{ seconds }} seconds: cut-outs move and turn along known paths over a background, and the caption
says how. `spatial_caption` is the same caption without the motion. `facts` is what the caption was written from,
`boxes` (frames x objects x 4) where each object is, as fractions of the frame, `backdrop` how the background fills
the clip, and rows with equal `group` are true of each other's captions. `recipe` is the JSON text from which
`locomotion_hf` makes the row again.

```python
from datasets import load_dataset

load_dataset("./{{ folder }}")                                   # these rows, without our package

import locomotion_hf
load_dataset("locomotion_synth", split="train", num_examples=64)  # as many as you like
```

The objects and backgrounds of the splits are disjoint by source wherever there is more than one source.

## Licences

{{ licences }}
"""


def model_card_data() -> ModelCardData:
    """What stands at the head of every model's card."""
    return ModelCardData(
        license="apache-2.0",
        library_name="transformers",
        pipeline_tag="feature-extraction",
        language="en",
        tags=["video", "video-text-retrieval", "motion", "unofficial"],
    )


def model_card(results: Mapping[str, Any], table: str) -> str:
    """The card of a trained model.

    Args:
        results: what `results.json` holds.
        table: the figures as plain text.
    """
    stamp, cost = results["stamp"], results["cost"]
    machine, spatial = stamp["machine"], results["settings"]["captions"] == "spatial_caption"
    card = ModelCard.from_template(
        model_card_data(),
        template_str=_MODEL,
        table=table,
        clips=f"{cost['clips']:,}",
        held_out=results["held_out"],
        trained_on="appearance alone: the control" if spatial else "that path",
        minutes=f"{cost['seconds'] / 60:.1f}",
        machine=machine["accelerator"] or f"{machine['cpu']} ({machine['cores']} cores)",
        command=shlex.join(stamp["command"]),
        motion="Linear motion of one rigid object,"
        if results["settings"].get("vocabulary", "linear") == "linear"
        else "Motion of one to four rigid objects,",
        backdrop=results["settings"].get("backdrop", "video"),
        resolution=stamp["resolution"],
        frames=stamp["frames"],
    )
    return str(card)


def dataset_card(data: DatasetCardData, folder: str, rows: int, seconds: float, licences: str) -> str:
    """The card of a data sample.

    Args:
        data: configs and features, from `datasets`.
        folder: its name.
        rows: over all splits.
        seconds: length of a clip.
        licences: Markdown that names the assets' licences and authors.
    """
    card = DatasetCard.from_template(
        data, template_str=_DATASET, folder=folder, rows=rows, seconds=f"{seconds:.1f}", licences=licences
    )
    return str(card)
