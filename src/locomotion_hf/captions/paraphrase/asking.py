"""What is asked of a paraphraser, and what comes back: the seam behind which every paraphraser stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from locomotion_hf.errors import CaptionError
from locomotion_hf.randomness import stable_hash

from .prompts import Prompt


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn. The defaults are our own choice: varied, and seldom out of place.

    Attributes:
        temperature: of the softmax, above 0.
        top_p: the smallest set of tokens with this probability is drawn from, above 0, at most 1.
        top_k: and at most so many of them. Not sent to an endpoint: it is no part of the OpenAI interface.
        max_new_tokens: the length at which a reply is cut; three sentences on two objects take about 120.
    """

    temperature: float = 0.7
    top_p: float = 0.9
    top_k: int = 50
    max_new_tokens: int = 160

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and 0 < self.top_p <= 1 and self.top_k >= 1 and self.max_new_tokens >= 1):
            raise CaptionError(
                f"{self}.",
                "a temperature above 0, top_p above 0 and at most 1, top_k and max_new_tokens of 1 or more.",
                "change the one that is outside.",
            )


@dataclass(frozen=True)
class Request:
    """One question: a caption under a prompt, with the seed that belongs to it alone.

    Attributes:
        caption: one line of text.
        noun: the moving object's name, "" when not known; kept for the record, the prompt does not use it.
        prompt: what is asked.
        round: 0, 1, ... where a caption is asked about more than once under one prompt.
        run_seed: the run's seed; 0 is a seed like any other.
    """

    caption: str
    noun: str
    prompt: Prompt
    run_seed: int
    round: int = 0

    @property
    def seed(self) -> int:
        """Depends on what is asked alone, not on its place in the run. Below 2^31, as every server takes it."""
        return stable_hash(self.run_seed, "paraphrase", self.prompt.name, self.caption, self.round) % 2**31


@dataclass(frozen=True)
class Answer:
    """What a paraphraser said to one request.

    Attributes:
        request: which.
        text: the reply as it came; one that has no prompt writes one sentence a line.
        cut: whether it broke off at the length limit, so that its last sentence cannot be trusted.
        failure: why there is no reply; "" when there is one. A failed request is asked again by the next run.
    """

    request: Request
    text: str
    cut: bool = False
    failure: str = ""


class Paraphraser(Protocol):
    """Somebody who says a caption in other words. What they say is never believed: it is verified.

    Attributes:
        model: its name, as the record states it.
        revision: what pins the model's weights or rules: a commit, a hash of the files, or a version.
        settings: everything else that its answers depend on, as JSON.
    """

    model: str
    revision: str
    settings: dict[str, Any]

    def answers(self, requests: Sequence[Request]) -> Iterator[Answer]:
        """An answer to each request, in any order, each as soon as it is there.

        Raises:
            CaptionError: it makes no sense to go on. What was yielded before stands.
        """
        ...


def request_key(request: Request, model: str, revision: str, settings: dict[str, Any]) -> str:
    """The name of a request in the ledger: 32 hex digits of everything that the answer depends on."""
    prompt = json.dumps(asdict(request.prompt), sort_keys=True)
    how = json.dumps(settings, sort_keys=True)
    return f"{stable_hash(request.caption, request.noun, prompt, model, revision, request.seed, how):032x}"
