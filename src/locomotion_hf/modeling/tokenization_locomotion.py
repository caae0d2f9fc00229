"""The tokenizer of the default model: WordPiece over the vocabulary that is shipped beside this file."""

from pathlib import Path

from transformers import BertTokenizer

#: Longest text, in tokens with CLS and SEP: all positions of the default text encoder. Captions of three phases have
#: at most 42 tokens with the nouns of the default pack.
MAX_TOKENS = 64


def build_tokenizer() -> BertTokenizer:
    """A lower-casing BERT tokenizer with about one token a word for motion captions.

    `dataset_scripts/build_vocab.py` makes the vocabulary. A saved model carries its own copy.
    """
    lines = (Path(__file__).parent / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return BertTokenizer(
        vocab={token: index for index, token in enumerate(lines)},
        do_lower_case=True,
        model_max_length=MAX_TOKENS,
        model_input_names=["input_ids", "attention_mask"],  # one sentence at a time: no token types
    )


__all__ = ["MAX_TOKENS", "build_tokenizer"]
