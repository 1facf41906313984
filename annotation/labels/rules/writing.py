"""Rules and their versions are written here. A version never changes: another condition is another version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.labels import raters
from annotation.lib import conditions
from annotation.models import Feature, Rater, Reason, Rule, RuleVersion

MAX_RULES = 200
"""Rules of one feature: each looks at every new item."""


class RuleTaken(Refusal):
    """This feature has a rule named {name}. Choose another name, or make a new version of that one."""

    code = "rule_taken"
    status = 409
    loc = ("name",)


class TooManyRules(Refusal):
    """This feature has {count} rules, and more are not taken. Write a new version of one that is no longer needed."""

    code = "too_many_rules"
    status = 409


class NoSuchReason(Refusal):
    """A rule gives a reason of a published taxonomy version. Choose one of the list."""

    code = "unknown_reason"
    status = 422
    loc = ("reason",)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What a version is. `confidence`: how likely it is right where it holds, in [0, 1], if somebody knows."""

    condition: conditions.Group
    reason: Reason
    confidence: float | None = None


@transaction.atomic
def create(*, feature: Feature, name: str, spec: Spec, actor: audit.Actor, now: datetime) -> RuleVersion:
    """A new rule with its first version, switched off."""
    count = Rule.objects.filter(feature=feature).count()
    if count >= MAX_RULES:
        raise TooManyRules(count=count)
    rule, created = Rule.objects.get_or_create(feature=feature, name=name, defaults={"created_at": now})
    if not created:
        raise RuleTaken(name=name)
    return _version(rule, 1, spec, actor, now)


@transaction.atomic
def revise(*, rule: Rule, spec: Spec, actor: audit.Actor, now: datetime) -> RuleVersion:
    """The next version. The one that is switched on stays on until this one is. Nothing new: the latest as it is."""
    locked = Rule.objects.select_for_update(of=("self",)).select_related("feature").get(pk=rule.pk)
    last = latest(locked)
    if (last.condition, last.reason, last.confidence) == (
        conditions.dump(spec.condition),
        spec.reason,
        spec.confidence,
    ):
        return last
    return _version(locked, last.number + 1, spec, actor, now)


def latest(rule: Rule) -> RuleVersion:
    return rule.versions.select_related("reason__taxonomy_version", "rule__feature", "created_by").latest("number")


def condition_of(version: RuleVersion) -> conditions.Group:
    return conditions.parse(version.condition)


def _version(rule: Rule, number: int, spec: Spec, actor: audit.Actor, now: datetime) -> RuleVersion:
    if spec.reason.taxonomy_version.published_at is None:
        raise NoSuchReason
    name = f"{rule.feature.slug}/{rule.name} v{number}"
    made = RuleVersion.objects.create(
        rule=rule,
        number=number,
        condition=conditions.dump(spec.condition),
        reason=spec.reason,
        confidence=spec.confidence,
        rater=raters.own(kind=Rater.Kind.RULE, name=name),
        created_at=now,
        created_by=actor.user,
    )
    record(made, "rule.written", actor=actor, now=now, lines=len(list(conditions.lines_of(spec.condition))))
    return made


def record(version: RuleVersion, verb: str, *, actor: audit.Actor, now: datetime, **data: int) -> None:
    """The condition is text that somebody wrote: the audit holds how long it is, and not what it says."""
    audit.record(
        actor=actor,
        verb=verb,
        target=("rule", version.rule_id),
        feature=version.rule.feature,
        now=now,
        data={"version": version.number, **data},
    )
