"""Recipes: requests for datasets that are saved, and fired by hand, by command, by schedule or by what else asks.

`saved` makes and changes them, `schedule` says when they are due, `firing` is the one way to fire one, and `job` does
what was fired.
"""

from annotation.recipes.firing import Cause, Disabled, fire, fire_due
from annotation.recipes.job import run
from annotation.recipes.saved import UnknownRecipe, find

__all__ = ["Cause", "Disabled", "UnknownRecipe", "find", "fire", "fire_due", "run"]
