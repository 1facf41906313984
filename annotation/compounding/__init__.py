"""Did it compound? Whether each model version is better than the one before, however the traffic has shifted."""

from annotation.compounding.measuring import measure, refresh
from annotation.compounding.reading import report
from annotation.compounding.report import Answer, Change, Group, Report

__all__ = ["Answer", "Change", "Group", "Report", "measure", "refresh", "report"]
