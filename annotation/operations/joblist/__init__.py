"""All jobs in one list, whoever asked for them, with what may be done about each: ended, or done again.

The rooms do it by their own verbs; here stands which.
"""

from annotation.operations.joblist.doing import NotAgain, NotCancelled, again, cancel, find
from annotation.operations.joblist.kinds import KINDS, Kind
from annotation.operations.joblist.listing import Line, State, lines, of_erasures, told

__all__ = [
    "KINDS",
    "Kind",
    "Line",
    "NotAgain",
    "NotCancelled",
    "State",
    "again",
    "cancel",
    "find",
    "lines",
    "of_erasures",
    "told",
]
