"""Say a caption in other words: ask for sentences, keep those that are still true, remember every answer."""

from .acceptance import summary
from .asking import Answer, Paraphraser, Request, Sampling
from .endpoint import EndpointParaphraser
from .from_lexicon import LEXICON, LexiconParaphraser
from .inputs import CaptionRow, read_captions
from .ledger import Ledger
from .prompts import PLAIN, PROMPTS, VERBS, Prompt
from .replies import read_reply
from .run import RunReport, accepted_rows, judge_again, paraphrase
from .transformers_llm import TransformersParaphraser

__all__ = [
    "LEXICON",
    "PLAIN",
    "PROMPTS",
    "VERBS",
    "Answer",
    "CaptionRow",
    "EndpointParaphraser",
    "Ledger",
    "LexiconParaphraser",
    "Paraphraser",
    "Prompt",
    "Request",
    "RunReport",
    "Sampling",
    "TransformersParaphraser",
    "accepted_rows",
    "judge_again",
    "paraphrase",
    "read_captions",
    "read_reply",
    "summary",
]
