"""What waits for people, and what of it was reached: how much, how old, how fast it comes and goes, who works on it."""

from annotation.backlog.coverage import SHOWN_DAYS, CohortCoverage, Coverage, coverage
from annotation.backlog.waiting import (
    AGES,
    DAYS,
    Day,
    Labeler,
    OpenItems,
    QueueState,
    Summary,
    queues,
    summary,
)

__all__ = [
    "AGES",
    "DAYS",
    "SHOWN_DAYS",
    "CohortCoverage",
    "Coverage",
    "Day",
    "Labeler",
    "OpenItems",
    "QueueState",
    "Summary",
    "coverage",
    "queues",
    "summary",
]
