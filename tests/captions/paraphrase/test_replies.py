"""What models really write, and worse."""

import json

import pytest

from locomotion_hf.captions.paraphrase import PLAIN, VERBS, Prompt, read_reply
from locomotion_hf.captions.paraphrase.replies import MAX_CANDIDATE, MAX_CANDIDATES, same_words

A, B, C = "A ball drifts to the left.", "A ball floats to the left.", "A ball glides, slowly, to the left."
READ = {
    "numbered": f"1. {A}\n2. {B}\n3. {C}",
    "other numbers": f"1) {A}\n(2) {B}\n3: {C}",
    "no space": f"1.{A}\n2.{B}\n3.{C}",
    "bullets": f"- {A}\n* {B}\n• {C}",
    "letters": f"a) {A}\nb) {B}\nc) {C}",
    "bold": f"**1.** {A}\n**2. {B}**\n3. *{C}*",
    "bare lines": f"{A}\n{B}\n\n{C}\n",
    "quoted": f'"{A}"\n“{B}”\n«{C}»',
    "numbered and quoted": f'1. "{A}"\n2. "{B}"\n3. "{C}"',
    "verbs first": f"Verbs: drifts, floats, glides\n1. {A}\n2. {B}\n3. {C}",
    "verbs, then bare lines": f"Verbs: drifts, floats\n{A}\n{B}\n{C}",
    "verbs in a sentence": f"Three verbs that suit a ball: drifts, floats, glides\n\n{A}\n{B}\n{C}",
    "verbs as a list": f"**Verbs:**\n1. drifts\n2. floats\n3. glides\n\n**Sentences:**\n1. {A}\n2. {B}\n3. {C}",
    "all on one line": f"Verbs: drifts, floats 1. {A} 2. {B} 3. {C}",
    "one paragraph": f"{A} {B} {C}",
    "greeting": f"Sure! Here are three sentences:\n\n1. {A}\n2. {B}\n3. {C}\n\nI hope that helps!",
    "verb before each": f"1. Drifts: {A}\n2. **Floats**: {B}\n3. glides - {C}",
    "labels": f"Sentence 1: {A}\nSentence 2: {B}\nParaphrase: {C}",
    "goes on by itself": f"1. {A}\n2. {B}\n3. {C}\n\nCaption: A dog runs\nVerbs: runs\n1. A dog runs.",
    "goes on in tokens": f"1. {A}\n2. {B}\n3. {C}<|im_end|>\n<|im_start|>user\n1. A dog runs.",
    "thinks": f"<think>1. A dog? Hmm.\n2. No.</think>\n1. {A}\n2. {B}\n3. {C}",
    "json list": json.dumps([A, B, C]),
    "json fenced": f"```json\n{json.dumps([A, B, C], indent=2)}\n```",
    "json object": json.dumps({"verbs": ["drifts off", "floats"], "sentences": [A, B, C]}),
    "json records": json.dumps([{"verb": "drift away", "sentence": A}, {"verb": "float", "sentence": B}, {"s": C}]),
    "json broken off": json.dumps([A, B, C, "A ball mo"])[:-2],
    "windows": f"1. {A}\r\n2. {B}\r\n3. {C}\r\n",
    "odd spaces": f"1.\u00a0{A}\n2.\t {B}\n\u200b3.  A ball glides,  slowly,\u00a0to the left.",
}


@pytest.mark.parametrize("kind", READ)
def test_finds_the_three_sentences(kind: str) -> None:
    assert read_reply(READ[kind]) == [A, B, C]


@pytest.mark.parametrize(
    "reply",
    ["", "   \n\n", "...", "1.", "1.\n2.\n3.", "Verbs: drifts", "{}", "[]", "[1, 2]", "null\x00", "<think>1. A ball",
     "🎈", "```\n```", "-" * 9999],
)  # fmt: skip
def test_finds_nothing_where_there_is_nothing(reply: str) -> None:
    assert read_reply(reply) == []


def test_two_sentences_on_one_line_stay_together() -> None:
    reply = "A ball moves. A cat stays."
    assert read_reply(reply) == [reply]
    assert read_reply(f"1. {reply} The ball moves toward the cat.\n2. {reply}")[1] == reply


def test_a_verb_and_a_noun_of_the_sentence_are_no_label() -> None:
    assert read_reply("1. A ball: it drifts.\n2. Slowly, a ball drifts.") == [
        "A ball: it drifts.",
        "Slowly, a ball drifts.",
    ]


@pytest.mark.parametrize("between", [" ", "\n", "\n1. "])
def test_one_sentence_4000_times(between: str) -> None:
    found = read_reply(between.join([A] * 4000))
    assert set(found) == {A}
    assert len(found) == MAX_CANDIDATES


def test_what_never_ends_is_cut() -> None:
    (found,) = read_reply("1. " + "drifts and " * 100_000)
    assert len(found) == MAX_CANDIDATE + 1  # so that the judge sees that it was longer


@pytest.mark.parametrize(
    "reply",
    [bytes(range(256)).decode("latin-1") * 50, "\ud800\udfff 1. lone \udc80 halves", "[" * 50_000, '{"a":' * 5_000,
     "\u202e1. tfel eht ot\u2066", "1." * 20_000, "- " * 20_000, "a) " * 9_000, "Verbs " * 9_000, "A. " * 9_000],
)  # fmt: skip
def test_garbage_in_clean_lines_out(reply: str) -> None:
    found = read_reply(reply)
    assert len(found) <= MAX_CANDIDATES
    for line in found:
        assert line.encode().decode() == line
        assert line.isprintable()
        assert len(line) <= MAX_CANDIDATE + 1


def test_a_refusal_is_one_more_sentence_for_the_judge() -> None:
    assert read_reply("I'm sorry, but I can't help with that.") == ["I'm sorry, but I can't help with that."]


def test_the_same_words() -> None:
    assert same_words("A ball  drifts, LEFT!") == same_words("a ball drifts left")
    assert same_words("A ball drifts left") != same_words("A ball drifts right")


@pytest.mark.parametrize("prompt", [VERBS, PLAIN], ids=lambda prompt: prompt.name)
def test_our_own_examples_are_read(prompt: Prompt) -> None:
    """Both prompts show the same captions, and as many sentences for each."""
    assert [caption for caption, _ in prompt.examples] == [caption for caption, _ in VERBS.examples]
    for _, reply in prompt.examples:
        assert len(read_reply(reply)) == 3
        assert reply.startswith("Verbs: ") == (prompt is VERBS)
