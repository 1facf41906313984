"""Delayed outcomes: what became of conversations days later, as rewards, and whether early signals predict them."""

from annotation.rewards.measuring import measure, refresh
from annotation.rewards.naming import Meaning, find, name, remove
from annotation.rewards.reading import report, unnamed, warnings
from annotation.rewards.report import Line, Outcome, Rate
from annotation.rewards.results import Result, results, rewarded

__all__ = [
    "Line",
    "Meaning",
    "Outcome",
    "Rate",
    "Result",
    "find",
    "measure",
    "name",
    "refresh",
    "remove",
    "report",
    "results",
    "rewarded",
    "unnamed",
    "warnings",
]
