"""Does the wheel feed on itself? Six ways in which a product that learns from its own output goes wrong."""

from annotation.loops.measuring import measure, refresh
from annotation.loops.pushing import Push
from annotation.loops.reading import report
from annotation.loops.report import DETECTORS, Detector, Figure, Finding, Report
from annotation.loops.verdict import push, verdict

__all__ = [
    "DETECTORS",
    "Detector",
    "Figure",
    "Finding",
    "Push",
    "Report",
    "measure",
    "push",
    "refresh",
    "report",
    "verdict",
]
