"""Conditions of rules: fixed forms over what is known of one signal, read from a list of fields and from nothing else.

    {"all": [
        {"field": "signal.share_of_reading", "comparison": "at_most", "value": 0.2},
        {"any": [
            {"field": "metadata.tenant", "comparison": "equals", "value": "a"},
            {"field": "evidence.came_back", "comparison": "is_missing"}
        ]}
    ]}

A group holds all or any of its lines and groups. There are no patterns and no expressions, every value is bounded in
length and number, and so what a condition costs is bounded too. What is not known holds in no comparison but
`is_missing`.
"""

from annotation.lib.conditions.case import Case, Value
from annotation.lib.conditions.fields import DETAILS, EVIDENCE, FIXED, METADATA, kind_of, read
from annotation.lib.conditions.holding import fields_of, holds, lines_of
from annotation.lib.conditions.shape import (
    COMPARISONS,
    MAX_DEPTH,
    MAX_LINES,
    MAX_LISTED,
    MAX_NUMBER,
    MAX_SPELLED,
    MAX_TEXT,
    Group,
    InvalidConditionError,
    Line,
    Problem,
    dump,
    loads,
    parse,
)

__all__ = [
    "COMPARISONS",
    "DETAILS",
    "EVIDENCE",
    "FIXED",
    "MAX_DEPTH",
    "MAX_LINES",
    "MAX_LISTED",
    "MAX_NUMBER",
    "MAX_SPELLED",
    "MAX_TEXT",
    "METADATA",
    "Case",
    "Group",
    "InvalidConditionError",
    "Line",
    "Problem",
    "Value",
    "dump",
    "fields_of",
    "holds",
    "kind_of",
    "lines_of",
    "loads",
    "parse",
    "read",
]
