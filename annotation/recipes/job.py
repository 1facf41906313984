"""What a worker does with a firing that nobody waits for: an export where there is news, else a skip, written down."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from annotation import audit, jobs
from annotation.errors import Refusal
from annotation.exports.selection import select
from annotation.jobs import Clock
from annotation.models import Export, Firing
from annotation.recipes import firing as firings


class DiedTooOften(Refusal):
    """Flywheel took this up {attempts} times and its worker died each time. Ask an admin to look at the worker's log,
    then run the recipe by hand."""


class Defect(Refusal):
    """Flywheel failed at this ({kind}); the worker's log says more. Ask an admin to look at it."""


SKIPS: Final = {"nothing": Firing.Skip.NOTHING, "same": Firing.Skip.UNCHANGED}


def run(*, firing_id: int, by: str, clock: Clock) -> None:
    """Harmless when it is done, or when somebody else is at it. The caller rings for the export, if one was made."""
    rows = Firing.objects.select_related("recipe__feature")
    jobs.bring_to_end(rows, firing_id, by=by, clock=clock, work=_work, end=_end, defect=Defect, died=DiedTooOften)


def _work(firing: Firing, attempt: int, clock: Clock) -> None:
    skip = _skip(firing)
    with transaction.atomic():
        export = None if skip else firings.ask(recipe=firing.recipe, actor=audit.FLYWHEEL, now=clock())
        now = clock()
        jobs.write(firing, attempt, status=Firing.Status.DONE, skip=skip, export=export, finished_at=now)
        if skip:
            _record(firing, "recipe.skipped", clock, {"why": skip.value})


def _skip(firing: Firing) -> Firing.Skip:
    recipe = firing.recipe
    if Export.objects.filter(recipe=recipe, status__in=jobs.UNFINISHED).exists():
        return Firing.Skip.STILL_MADE
    news = select.news(feature=recipe.feature, request=firings.wanted(recipe), last=firings.last_done(recipe))
    return SKIPS.get(news, Firing.Skip.NONE)


def _end(firing: Firing, attempt: int, clock: Clock, status: str, error: str) -> None:
    with transaction.atomic():
        jobs.end(firing, attempt, clock, status, error)
        _record(firing, "recipe.failed", clock, {})


def _record(firing: Firing, verb: str, clock: Clock, data: dict[str, str]) -> None:
    recipe = firing.recipe
    data = {"cause": firing.cause, **data}
    target = ("recipe", recipe.pk)
    audit.record(actor=audit.FLYWHEEL, verb=verb, target=target, feature=recipe.feature, now=clock(), data=data)
