"""Triggers: conditions on what people decide, watched, that start a recipe and tell a webhook when they come true.

`conditions` says what can be watched for, `counts`, `shares` and `verdicts` look, `firing` fires once a cause, `past`
plays the same looks over days that are gone, `saved` keeps triggers, and `words` tells all of it.
"""

from annotation.triggers.conditions import Condition
from annotation.triggers.firing import due, is_rested, watch
from annotation.triggers.past import Day, play
from annotation.triggers.saved import Plan, create, find, switch

__all__ = ["Condition", "Day", "Plan", "create", "due", "find", "is_rested", "play", "switch", "watch"]
