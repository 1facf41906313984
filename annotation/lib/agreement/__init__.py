"""How much raters agree beyond chance, from a count matrix: units x reasons, how often each was chosen.

Four figures, since each answers another question: percent (how often two raters say the same), Krippendorff's alpha and
Fleiss' kappa (the same beyond what the reasons' own frequencies would bring), and Gwet's AC1 (beyond what raters who
don't know would bring), which doesn't fall to nothing where one reason is nearly always right. Units may have different
numbers of ratings; those with fewer than two compare nothing.

Several matrices are strata, such as kinds of signals with reasons of their own: chance is reckoned within each, and
their observed and expected agreement are added up. Pooled into one matrix, raters would seem to agree beyond chance
for knowing which kind they look at.

Sources: Krippendorff, Content Analysis (2004), ch. 11; Gwet, Handbook of Inter-Rater Reliability (2014), ch. 2 to 6;
Fleiss, Psychological Bulletin 76 (1971); Cohen, Educational and Psychological Measurement 20 (1960).
"""

from annotation.lib.agreement.bootstrap import Intervals, OfReason, by_reason, intervals
from annotation.lib.agreement.coefficients import (
    FAR_APART,
    MIN_UNITS,
    Agreement,
    Estimate,
    alpha_error,
    chance_corrected,
    of,
)
from annotation.lib.agreement.pairs import Cohen, OfPair, cohen, coincidences, of_pair

__all__ = [
    "FAR_APART",
    "MIN_UNITS",
    "Agreement",
    "Cohen",
    "Estimate",
    "Intervals",
    "OfPair",
    "OfReason",
    "alpha_error",
    "by_reason",
    "chance_corrected",
    "cohen",
    "coincidences",
    "intervals",
    "of",
    "of_pair",
]
