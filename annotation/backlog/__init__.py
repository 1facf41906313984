"""What waits for people, and what of it was reached: how much, how old, how fast it comes and goes, who works on it.

`stock` reads what `counting` keeps, `outlook` forecasts, `people` says who is at it, `waiting` puts all of it together;
`coverage` says what was reached of each day.
"""

from annotation.backlog.counting import check, fold
from annotation.backlog.coverage import SHOWN_DAYS, CohortCoverage, Coverage, coverage
from annotation.backlog.outlook import Outlook, Span
from annotation.backlog.people import Labeler
from annotation.backlog.stock import AGES, DAYS, Day, fullest, kinds
from annotation.backlog.waiting import OpenItems, QueueState, Summary, queues, summary

__all__ = [
    "AGES",
    "DAYS",
    "SHOWN_DAYS",
    "CohortCoverage",
    "Coverage",
    "Day",
    "Labeler",
    "OpenItems",
    "Outlook",
    "QueueState",
    "Span",
    "Summary",
    "check",
    "coverage",
    "fold",
    "fullest",
    "kinds",
    "queues",
    "summary",
]
