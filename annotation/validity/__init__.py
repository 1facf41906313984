"""Is the signal valid? What it says about the answer, how sure that is, and what would settle it."""

from annotation.validity.advice import BARS
from annotation.validity.checking import check
from annotation.validity.pace import waiting
from annotation.validity.reading import report, standing
from annotation.validity.refreshing import refresh
from annotation.validity.report import Line, LookShown, Meaning, Provisional, Rate, Report, Saving, Standing
from annotation.validity.writing import write_terms

__all__ = [
    "BARS",
    "Line",
    "LookShown",
    "Meaning",
    "Provisional",
    "Rate",
    "Report",
    "Saving",
    "Standing",
    "check",
    "refresh",
    "report",
    "standing",
    "waiting",
    "write_terms",
]
