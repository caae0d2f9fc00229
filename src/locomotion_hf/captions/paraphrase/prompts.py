"""The prompts, versioned: change a word, and the name changes with it, for ledgers and cards quote the name.

`VERBS` is the paper's step: first name verbs that suit this object in this motion, then write one
sentence for each, keeping every fact. `PLAIN` is its control: the same captions, as many examples, as many
sentences, the same limit of tokens, but no word about verbs, and examples that keep to plain ones. The paper's own
wording is not public; this one is ours, short and with worked examples because a model of 135 million parameters
follows examples, not instructions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prompt:
    """A question without its caption.

    Attributes:
        name: with the version, for example "verbs-1".
        system: what to do.
        examples: captions with the replies that we should like.
    """

    name: str
    system: str
    examples: tuple[tuple[str, str], ...] = ()

    def messages(self, caption: str, system_role: bool = True) -> list[dict[str, str]]:
        """The chat that asks about a caption, as `role` and `content`.

        Args:
            caption: one line of text.
            system_role: False for models that have none (Gemma's first ones): the first question then says it.
        """
        chat = []
        for example, reply in self.examples:
            chat.append({"role": "user", "content": f"Caption: {example}"})
            chat.append({"role": "assistant", "content": reply})
        chat.append({"role": "user", "content": f"Caption: {caption}"})
        if system_role:
            return [{"role": "system", "content": self.system}, *chat]
        return [{"role": "user", "content": f"{self.system}\n\n{chat[0]['content']}"}, *chat[1:]]


#: In the describer's words (grammar.py). Two objects come first: the last example is copied the most, and a small
#: model then gave a second object to captions of one.
_CAPTIONS = (
    "A bird moves quickly down and to the left. A log stays in place. The bird moves toward the log",
    "A balloon moves slowly upwards, then to the left",
    "A car moves quickly to the right while rotating clockwise",
)

VERBS = Prompt(
    name="verbs-1",
    system=(
        "You rewrite the caption of a video. First name three verbs that suit this object in this motion. Then write "
        "one sentence for each verb. Keep every direction, speed and rotation, and their order. Add nothing."
    ),
    examples=tuple(
        zip(
            _CAPTIONS,
            (
                "Verbs: swoops, dives, plunges\n"
                "1. A bird swoops quickly down and to the left toward a log that stays in place.\n"
                "2. A bird dives quickly down and to the left. A log stays still. The bird approaches the log.\n"
                "3. A log does not move. A bird plunges quickly down and to the left, toward the log.",
                "Verbs: drifts, floats, wafts\n"
                "1. A balloon drifts slowly upwards, then floats to the left.\n"
                "2. A balloon floats slowly upwards before drifting to the left.\n"
                "3. After wafting slowly upwards, a balloon drifts to the left.",
                "Verbs: races, speeds, hurtles\n"
                "1. A car races to the right while spinning clockwise.\n"
                "2. Rotating clockwise, a car speeds to the right.\n"
                "3. A car hurtles to the right as it turns clockwise.",
            ),
            strict=True,
        )
    ),
)

PLAIN = Prompt(
    name="plain-1",
    system="Paraphrase the caption of a video. Write three different sentences with the same meaning.",
    examples=tuple(
        zip(
            _CAPTIONS,
            (
                "1. A bird quickly moves down and to the left toward a log that stays in place.\n"
                "2. A bird goes quickly down and to the left. A log stays still. The bird moves toward the log.\n"
                "3. A log does not move. A bird moves quickly down and to the left, toward the log.",
                "1. A balloon slowly goes upwards and then goes to the left.\n"
                "2. First a balloon moves slowly upwards, then it moves to the left.\n"
                "3. A balloon moves upwards at a slow pace before it moves to the left.",
                "1. A car quickly moves to the right as it rotates clockwise.\n"
                "2. Rotating clockwise, a car moves to the right at high speed.\n"
                "3. A car goes quickly to the right and rotates clockwise.",
            ),
            strict=True,
        )
    ),
)

#: By the name that the command line takes.
PROMPTS = {"verbs": VERBS, "plain": PLAIN}
