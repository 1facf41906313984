"""In which order disputes come up: by what settling them decides.

A verdict about a signal stays open while items of its sample are disputed. So those of days that are still open come
first: a day closes once nothing of it is open or disputed. Then comes what stands for most items of the sample: one of
a closed day for 1/π, one of an open day by its weight, and what is no part of a sample for itself alone. Of equal ones
the one that waits longest.
"""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from annotation.models import Item

HOLDS_A_DAY_OPEN = Q(purpose=Item.Purpose.SAMPLE, cohort__closed_at__isnull=True)
IS_OF_THE_SAMPLE = Q(cohort__closed_at__isnull=False, key__lt=F("cohort__threshold"))

Items = TypeVar("Items", bound=QuerySet[Item])


def by_what_they_decide(items: Items) -> Items:
    """The items in the order in which they are to be settled."""
    chance = Least(Value(1.0), F("cohort__threshold") * F("weight"), output_field=FloatField())
    return items.annotate(
        is_later=Case(When(HOLDS_A_DAY_OPEN, then=Value(0)), default=Value(1)),
        stands_for=Case(
            When(IS_OF_THE_SAMPLE, then=Value(1.0) / chance),
            When(HOLDS_A_DAY_OPEN, then=Coalesce(F("weight"), Value(1.0))),
            default=Value(1.0),
            output_field=FloatField(),
        ),
    ).order_by("is_later", "-stands_for", "queued_at", "pk")
