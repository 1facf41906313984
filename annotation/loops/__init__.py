"""Does the wheel feed on itself? Six ways in which a product that learns from its own output goes wrong."""

from annotation.loops.measuring import measure, refresh
from annotation.loops.reading import report
from annotation.loops.report import DETECTORS, Figure, Finding, Report

__all__ = ["DETECTORS", "Figure", "Finding", "Report", "measure", "refresh", "report"]
