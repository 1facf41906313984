"""From what a user did to what a later user sees: training run, deployment, first changed interaction."""

from annotation.closure import words
from annotation.closure.chain import STAGES, Closure, Step, Tail
from annotation.closure.forecast import Forecast, Part
from annotation.closure.forecast import of as forecast
from annotation.closure.funnel import Funnel, FunnelStage, funnel
from annotation.closure.kept.checking import check
from annotation.closure.kept.reading import By, Only, Passages
from annotation.closure.kept.refreshing import full, refresh
from annotation.closure.reading import of_exports, of_interaction
from annotation.closure.reports import DeploymentReport, RunReport, report_deployment, report_run
from annotation.closure.speed import QUANTILES, Line, Pace, Speed, lines, speed
from annotation.closure.verdicts import Verdict, closes, is_fast
from annotation.closure.waits import Wait, stall

__all__ = [
    "QUANTILES",
    "STAGES",
    "By",
    "Closure",
    "DeploymentReport",
    "Forecast",
    "Funnel",
    "FunnelStage",
    "Line",
    "Only",
    "Pace",
    "Part",
    "Passages",
    "RunReport",
    "Speed",
    "Step",
    "Tail",
    "Verdict",
    "Wait",
    "check",
    "closes",
    "forecast",
    "full",
    "funnel",
    "is_fast",
    "lines",
    "of_exports",
    "of_interaction",
    "refresh",
    "report_deployment",
    "report_run",
    "speed",
    "stall",
    "words",
]
