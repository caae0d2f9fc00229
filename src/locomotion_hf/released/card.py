"""The card of the released checkpoint: what its files of results state, and nothing else."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from locomotion_hf.cards import model_card
from locomotion_hf.evaluation import figures_table
from locomotion_hf.evaluation.figures import Figure
from locomotion_hf.evaluation.weights import weights_revision
from locomotion_hf.training.report import headline

#: Beside the weights: the figures of the run; which words the model knows; how it bears other words for the same.
RESULTS, WORDS, WORDING = "results.json", "words.json", "wording.json"
#: Who made the pictures and videos that it was trained on.
ATTRIBUTION = "ATTRIBUTION.md"

_MORE = """
Trained {begun} on clips made on the spot (objects: {objects}; backgrounds: {backgrounds}; vocabulary: {vocabulary};
captions worded as "{worded}"). It looks at {frames} frames, {sampling}.

Which words it understands: held-out clips of one phase on straight lines, the right caption against those with
another {facts} (VTC; `{words_command}`):

```text
{words}
```

{unlearnt}

The clips of "same object and background" above, asked for in other words (T2V R@1, VTC; `{wording_command}`).
"plain" is the one form that captions have by default, "forms" any register and order of mention, "verbs" such as
suit the object:

```text
{wording}
```

## Weights

`model.safetensors`, {precision}, SHA-256 `{weights}`;
trained at commit `{commit}`, seed {seed}. With `trust_remote_code=True` the model loads
without `locomotion_hf` too: its code lies beside the weights.

## Licence

The weights and the code are under the Apache License 2.0. The pictures and videos that it was trained on keep their
own licences; `{attribution}` names them all:

{sources}
"""


def released_card(folder: Path) -> str:
    """The card of a checkpoint with its results beside it.

    Args:
        folder: with the weights, `RESULTS`, `WORDS`, `WORDING` and `ATTRIBUTION`.

    Returns:
        Markdown: the card of the run, and what else is known of it.
    """
    results, words, wording = (_read(folder / name) for name in (RESULTS, WORDS, WORDING))
    made, settings = results["stamp"], results["settings"]
    asked = [Figure(**figure) for figure in words["figures"]]
    facts = [figure.name.split(",")[0] for figure in asked]
    card = model_card(results, figures_table(headline(results, None)))
    return f"{card.rstrip()}\n" + _MORE.format(
        begun=f"from {settings['model_name_or_path']}" if settings["model_name_or_path"] else "from scratch",
        **{name: settings[name] for name in ("objects", "backgrounds", "vocabulary")},
        worded=settings["wording"],
        frames=made["frames"],
        sampling=made["sampling"],
        facts=_listed(facts),
        words_command=shlex.join(words["stamp"]["command"]),
        words=figures_table(asked),
        unlearnt=_unlearnt(asked),
        wording_command=shlex.join(wording["stamp"]["command"]),
        wording=figures_table([Figure(**figure) for figure in wording["figures"]]),
        precision=made["precision"],
        weights=weights_revision(folder),
        commit=made["commit"],
        seed=made["seeds"]["run"],
        attribution=ATTRIBUTION,
        sources=_sources((folder / ATTRIBUTION).read_text("utf-8")),
    )


def _read(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return read


def _unlearnt(figures: Sequence[Figure]) -> str:
    """Which of them could be chance."""
    named = [figure.name.split(",")[0] for figure in figures if figure.chance and figure.low <= figure.chance]
    if not named:
        return "All of them lie above chance."
    return f"Not learnt, as far as these clips tell: {_listed(named)}. Its interval is not above chance."


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _sources(attribution: str) -> str:
    """A line for each section of the text that names a source: title, and its licences."""
    lines = []
    for section in attribution.split("\n## ")[1:]:
        title, *rest = section.splitlines()
        licences = [
            line.removeprefix("- Licence: ").split(" (")[0] for line in rest if line.startswith("- Licence: ")
        ]
        if licences:
            lines.append(f"- {title}: {', '.join(licences)}")
    return "\n".join(lines)


__all__ = ["ATTRIBUTION", "RESULTS", "WORDING", "WORDS", "released_card"]
