"""Switch a rule on, and off again. What it has labeled stays; it is only asked no more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from annotation import audit
from annotation.errors import Refusal
from annotation.labels.rules import backfill, cases, writing
from annotation.models import Rule, RuleVersion

EVERY_ITEM = 2**63 - 1
"""Above every id: what was queued at the very time of switching on was there already."""


class NotTried(Refusal):
    """This version was not tried yet. Try it on past items first, and look at what it would label."""

    code = "not_tried"
    status = 409


class Rests(Refusal):
    """No queue of this feature asks by taxonomy version {number} any more, whose reason this version gives. Write a
    new version of the rule with a reason of the present one."""

    code = "rule_rests"
    status = 409


@transaction.atomic
def on(*, version: RuleVersion, actor: audit.Actor, now: datetime) -> Rule:
    """From now on this version labels new items, in place of any other one of its rule."""
    rule = _locked(version.rule)
    version.refresh_from_db(fields=["tried_at", "switched_on_at"])
    if version.tried_at is None:
        raise NotTried
    if cases.rests(version):
        raise Rests(number=version.reason.taxonomy_version.number)
    if rule.current_id == version.pk:
        return rule
    _end_runs(rule, actor, now)
    RuleVersion.objects.filter(pk=version.pk).update(switched_on_at=Coalesce(F("switched_on_at"), Value(now)))
    rule.current, rule.seen_at, rule.seen_item = version, now, EVERY_ITEM
    rule.save(update_fields=["current", "seen_at", "seen_item"])
    writing.record(version, "rule.switched_on", actor=actor, now=now)
    return rule


@transaction.atomic
def off(*, rule: Rule, actor: audit.Actor, now: datetime) -> Rule:
    """It labels nothing more, and nothing of it is suggested. Harmless where it is off."""
    locked = _locked(rule)
    version = locked.current
    if version is None:
        return locked
    _end_runs(locked, actor, now)
    locked.current = None
    locked.save(update_fields=["current"])
    writing.record(version, "rule.switched_off", actor=actor, now=now)
    return locked


def _locked(rule: Rule) -> Rule:
    found = Rule.objects.select_for_update(of=("self",)).select_related("feature", "current__rule__feature")
    return found.get(pk=rule.pk)


def _end_runs(rule: Rule, actor: audit.Actor, now: datetime) -> None:
    for run in backfill.unfinished(rule):
        backfill.cancel(run=run, actor=actor, now=now)
