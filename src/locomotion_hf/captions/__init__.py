"""Facts to sentences and back. Never looks at pixels: a caption depends on facts alone."""

from .form import Form, forms
from .grammar import describe, describe_appearance
from .parse import parse
from .verify import Verdict, verify
from .wording import WORDINGS, Wording, worded

__all__ = [
    "WORDINGS",
    "Form",
    "Verdict",
    "Wording",
    "describe",
    "describe_appearance",
    "forms",
    "parse",
    "verify",
    "worded",
]
