"""From what a user did to what a later user sees: training run, deployment, first changed interaction."""

from annotation.closure.chain import STAGES, Closure, Step, Tail
from annotation.closure.funnel import Funnel, FunnelStage, funnel
from annotation.closure.reading import of_exports, of_interaction
from annotation.closure.reports import DeploymentReport, RunReport, report_deployment, report_run
from annotation.closure.verdicts import Verdict, closes, is_fast

__all__ = [
    "STAGES",
    "Closure",
    "DeploymentReport",
    "Funnel",
    "FunnelStage",
    "RunReport",
    "Step",
    "Tail",
    "Verdict",
    "closes",
    "funnel",
    "is_fast",
    "of_exports",
    "of_interaction",
    "report_deployment",
    "report_run",
]
