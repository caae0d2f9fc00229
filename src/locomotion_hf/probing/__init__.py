"""Probes: what of a clip does a model use? A test with chance lines that anyone can run on any embedder.

probe(embedder, probe_recipe("full", resolution=224), seed=0)["findings"]["twin/reverse/caption"]
"""

from .choices import Finding
from .clips import VERSION, ProbeClip, fingerprint, probe_clips, probe_recipe
from .corpus_probes import probe_corpus
from .nouns import hide_nouns
from .probes import Scoring, probe
from .table import findings_of, models_table, probe_table

__all__ = [
    "VERSION",
    "Finding",
    "ProbeClip",
    "Scoring",
    "findings_of",
    "fingerprint",
    "hide_nouns",
    "models_table",
    "probe",
    "probe_clips",
    "probe_corpus",
    "probe_recipe",
    "probe_table",
]
