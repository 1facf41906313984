"""Watch a condition, and fire where it has come true: once a cause, however many beats and workers look at once.

What was seen is written by moving the trigger's marks on, from where they were when the look began: of several that saw
the same, one moves them. In the same transaction stand the firing, the recipe's firing and the audit event, so that
whoever dies before its end has fired nothing, and whoever dies after it leaves rows that the sweeps ring for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from annotation import audit, recipes
from annotation.models import Firing, Trigger, TriggerFiring
from annotation.triggers import conditions, looking
from annotation.triggers.marks import LAG, Marks, Seen


def due(*, now: datetime) -> list[int]:
    """The triggers that are to look now: switched on, and rested."""
    found = Trigger.objects.filter(is_enabled=True).order_by("pk")
    return [trigger.pk for trigger in found if is_rested(trigger, now)]


def is_rested(trigger: Trigger, now: datetime) -> bool:
    return trigger.fired_at is None or trigger.fired_at + timedelta(hours=trigger.cooldown_hours) <= now


def watch(*, trigger_id: int, now: datetime) -> TriggerFiring | None:
    """Look once, and fire if its condition has come true since it last fired. The caller rings for the recipe's
    firing. None where there was nothing to fire, or somebody else has seen to it."""
    trigger = Trigger.objects.select_related("feature", "recipe__feature").get(pk=trigger_id)
    before, until = Marks.of(trigger), now - LAG
    if not trigger.is_enabled or not is_rested(trigger, now) or until <= before.until:
        return None
    condition = conditions.read(trigger.condition)
    seen = looking.now(trigger.feature, condition, until)(before, until)
    if seen.fires:
        return _fire(trigger, before, seen, now)
    _mine(trigger, before).update(**seen.marks.columns())
    return None


@transaction.atomic
def _fire(trigger: Trigger, before: Marks, seen: Seen, now: datetime) -> TriggerFiring | None:
    number = trigger.fired + 1
    if not _mine(trigger, before).update(**seen.marks.columns(), fired=number, fired_at=now):
        return None
    about = dict(seen.about)
    made = TriggerFiring.objects.create(
        trigger=trigger,
        number=number,
        about=about,
        recipe=trigger.recipe,
        firing=_start(trigger, number, now),
        fired_at=now,
    )
    data = {"number": number, "cause": about, "firing": made.firing_id}
    target = ("trigger", trigger.pk)
    audit.record(actor=audit.FLYWHEEL, verb="trigger.fired", target=target, feature=trigger.feature, now=now, data=data)
    return made


def _start(trigger: Trigger, number: int, now: datetime) -> Firing | None:
    """Fire its recipe, unless that is switched off."""
    if trigger.recipe is None or not trigger.recipe.is_enabled:
        return None
    cause = recipes.Cause(kind=Firing.Cause.TRIGGER, about={"trigger": trigger.name, "number": number})
    return recipes.fire(recipe=trigger.recipe, cause=cause, actor=audit.FLYWHEEL, now=now)


def _mine(trigger: Trigger, before: Marks) -> Any:
    """The row, as long as nobody has looked since."""
    return Trigger.objects.filter(pk=trigger.pk, is_enabled=True, seen_until=before.until, fired=trigger.fired)
