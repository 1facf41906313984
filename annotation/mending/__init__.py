"""Are bad answers mended: later answers to similar prompts, by a model trained on them, judged blind beside them."""

from annotation.mending.judging import Said, judge, last, meant, told, undo
from annotation.mending.looking import look
from annotation.mending.matching import BAR, MOST
from annotation.mending.rates import ENOUGH, Rate
from annotation.mending.reading import Figure, Habits, Rates, Told, behind, habits, of_interaction, of_pair, rate
from annotation.mending.taking import expire, left, open_pairs, take

__all__ = [
    "BAR",
    "ENOUGH",
    "MOST",
    "Figure",
    "Habits",
    "Rate",
    "Rates",
    "Said",
    "Told",
    "behind",
    "expire",
    "habits",
    "judge",
    "last",
    "left",
    "look",
    "meant",
    "of_interaction",
    "of_pair",
    "open_pairs",
    "rate",
    "take",
    "told",
    "undo",
]
