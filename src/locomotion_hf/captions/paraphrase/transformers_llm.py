"""Any instruction model that transformers loads, GGUF files too, on this machine.

Tokens are drawn with one random number for each request and step, named by the request's own seed: a reply does not
depend on which requests share its batch, beyond the rounding of sums, so a resumed run says what the whole one would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locomotion_hf.errors import CaptionError
from locomotion_hf.randomness import stream

from .asking import Answer, Request, Sampling
from .prompts import PLAIN

if TYPE_CHECKING:
    import torch


class TransformersParaphraser:
    """Ask a causal language model with a chat template.

    Args:
        spec: a repository of the Hub, a folder, a `.gguf` file, a folder that holds one such file and no
            `config.json`, or `owner/name/file.gguf` on the Hub.
        revision: of a repository; of local files the record holds a hash of their contents.
        sampling: how to draw.
        batch_size: requests in one batch.
        device: "cuda", "cpu", ...; the first CUDA device where there is one.
        dtype: of the weights; bfloat16 by default, which is several times faster on a CPU too.

    Raises:
        CaptionError: the model cannot be loaded, or its tokenizer has no chat template.
    """

    def __init__(
        self,
        spec: str,
        revision: str | None = None,
        sampling: Sampling | None = None,
        batch_size: int = 16,
        device: str | None = None,
        dtype: str = "bfloat16",
    ) -> None:
        import torch
        from jinja2 import TemplateError
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

        if batch_size < 1 or not isinstance(getattr(torch, dtype, None), torch.dtype):
            raise CaptionError(f"batch_size={batch_size}, dtype={dtype!r}.", "1 or more, and bfloat16.", "change it.")
        self.sampling, self.batch_size = sampling or Sampling(), batch_size
        place, gguf_file = _locate(spec)
        options: dict[str, Any] = {"gguf_file": gguf_file} if gguf_file else {}
        if revision and not Path(place).exists():
            options["revision"] = revision
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(place, padding_side="left", **options)
            if gguf_file:  # unpacked everywhere: kernels that some machines have would round otherwise
                options["quantization_config"] = GgufConfig(gguf_file=gguf_file, dequantize=True)
            model = AutoModelForCausalLM.from_pretrained(place, dtype=getattr(torch, dtype), **options)
            self._model = model.eval().to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
            raise CaptionError(
                f"{spec} cannot be loaded ({' '.join(str(error).split())[:300]}).",
                "an instruction model for text, as transformers loads it; a .gguf file needs the package gguf.",
                "name another, or set HF_HUB_OFFLINE=0 if it must be fetched first.",
            ) from error
        if not self.tokenizer.chat_template:
            raise CaptionError(f"{spec} has no chat template.", "an instruction model.", "name its Instruct version.")
        self.system_role = True
        try:
            self._chat(Request("A ball moves", "", PLAIN, 0))
        except TemplateError:
            self.system_role = False
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.model = (gguf_file or Path(place).resolve().name) if Path(place).exists() else spec
        # Only a configuration that came from the Hub knows its commit.
        pinned = vars(self._model.config).get("_commit_hash") or revision or "main"
        self.revision = _contents(Path(place), gguf_file) if Path(place).exists() else pinned
        drawn = self.sampling
        self.settings: dict[str, Any] = {
            "temperature": drawn.temperature,
            "top_p": drawn.top_p,
            "top_k": drawn.top_k,
            "max_new_tokens": drawn.max_new_tokens,
            "system_role": self.system_role,
            "dtype": dtype,
        }

    def answers(self, requests: Sequence[Request]) -> Iterator[Answer]:
        """An answer to each request, a batch at a time; see `Paraphraser`."""
        for start in range(0, len(requests), self.batch_size):
            batch = requests[start : start + self.batch_size]
            yield from self._batch(batch)

    def _chat(self, request: Request) -> str:
        messages = request.prompt.messages(request.caption, self.system_role)
        # Models that can think aloud are told not to; templates of others pass over the word.
        return self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )

    def _batch(self, requests: Sequence[Request]) -> list[Answer]:
        import torch
        from transformers import GenerationConfig, LogitsProcessorList

        texts = [self._chat(request) for request in requests]
        inputs = self.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        asked, room = inputs["input_ids"].shape[1], self.sampling.max_new_tokens
        limit = self._model.config.get_text_config().to_dict().get("max_position_embeddings")
        if limit and asked + room > limit:
            failure = f"{asked} tokens asked and {room} to answer; the model has room for {limit}"
            if len(requests) > 1:  # the longest one alone is at fault
                return [answer for request in requests for answer in self._batch([request])]
            return [Answer(requests[0], "", failure=failure)]
        own = self._model.generation_config
        # The model's own habits (penalties, temperatures) are set aside: what is recorded is all that there is.
        greedy = GenerationConfig(
            do_sample=False,
            max_new_tokens=room,
            eos_token_id=own.eos_token_id if own.eos_token_id is not None else self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
        )
        draw = _Draw(self.sampling, [request.seed for request in requests])
        with torch.inference_mode():
            tokens = self._model.generate(
                input_ids=inputs["input_ids"].to(self._model.device),
                attention_mask=inputs["attention_mask"].to(self._model.device),
                generation_config=greedy,
                logits_processor=LogitsProcessorList([draw]),
            )[:, asked:]
        ends = greedy.eos_token_id if isinstance(greedy.eos_token_id, list) else [greedy.eos_token_id]
        answers = []
        for request, row in zip(requests, tokens.tolist(), strict=True):
            cut = len(row) == room and not set(row) & set(ends)
            answers.append(Answer(request, self.tokenizer.decode(row, skip_special_tokens=True), cut))
        return answers


class _Draw:
    """Leaves one token possible: the one that the request's own random number for this step points at."""

    def __init__(self, sampling: Sampling, seeds: list[int]) -> None:
        import numpy as np
        import torch

        self.sampling = sampling
        numbers = [stream(seed, "tokens").random(sampling.max_new_tokens) for seed in seeds]
        self._numbers = torch.from_numpy(np.stack(numbers, 1))
        self._step = 0

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores `(B, V)` to scores that are minus infinity but for one token of each row."""
        import torch

        top, tokens = scores.float().topk(min(self.sampling.top_k, scores.shape[-1]), -1)
        share = (top / self.sampling.temperature).softmax(-1)
        upto = share.cumsum(-1)
        share = share.masked_fill(upto - share >= self.sampling.top_p, 0.0)
        upto = share.cumsum(-1)
        number = self._numbers[self._step].to(upto.device, upto.dtype)[:, None] * upto[:, -1:]
        place = torch.searchsorted(upto, number, right=True).clamp(max=upto.shape[-1] - 1)
        self._step += 1
        return torch.full_like(scores, -torch.inf).scatter(-1, tokens.gather(-1, place), 0.0)


def _locate(spec: str) -> tuple[str, str | None]:
    """Folder or repository, and the name of the GGUF file in it, if it is one."""
    path = Path(spec)
    if path.is_file():
        return str(path.parent), path.name
    if path.is_dir():
        files = sorted(path.glob("*.gguf"))
        if files and not (path / "config.json").exists():
            if len(files) > 1:
                names = ", ".join(file.name for file in files[:10])
                raise CaptionError(f"{spec} holds {len(files)} .gguf files ({names}).", "one.", "name the file.")
            return spec, files[0].name
        return spec, None
    owner, _, rest = spec.partition("/")
    name, _, file = rest.partition("/")
    return (f"{owner}/{name}", file) if file.endswith(".gguf") else (spec, None)


def _contents(place: Path, gguf_file: str | None) -> str:
    """What pins local files: 16 hex digits of the SHA-256 of a GGUF file, or of a folder's files, one by one."""
    files = [place / gguf_file] if gguf_file else sorted(file for file in place.iterdir() if file.is_file())
    digests = []
    for file in files:
        with file.open("rb") as data:
            digests.append(hashlib.file_digest(data, "sha256").hexdigest())
    pinned = digests[0] if gguf_file else hashlib.sha256("".join(digests).encode()).hexdigest()
    return f"sha256:{pinned[:16]}"
