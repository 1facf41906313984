"""Make judges and their versions. A version is never changed: who wants other words makes the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from annotation import audit
from annotation.errors import Refusal
from annotation.labels import raters
from annotation.labels.judge import prompt
from annotation.models import Judge, JudgeVersion, Rater, TaxonomyVersion

MAX_NAME = 100


class NameTaken(Refusal):
    """There is a judge {name} already. Choose another name, or make a new version of that judge."""

    code = "name_taken"
    status = 409


class NotPublished(Refusal):
    """Taxonomy version {number} is a draft. A judge answers by a published version: choose one, or publish it first."""

    code = "not_published"
    status = 409


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What a version is. Prices are for a million tokens; `temperature` None: it isn't sent."""

    taxonomy_version: TaxonomyVersion
    model: str
    prompt: str
    temperature: float | None
    max_tokens: int
    price_in: Decimal
    price_out: Decimal


@transaction.atomic
def create(*, name: str, spec: Spec, actor: audit.Actor, now: datetime) -> JudgeVersion:
    """A judge with its first version. Raises NameTaken, NotPublished, and what is wrong with the prompt."""
    judge, is_new = Judge.objects.get_or_create(name=name, defaults={"created_at": now})
    if not is_new:
        raise NameTaken(name=name)
    return add(judge=judge, spec=spec, actor=actor, now=now)


@transaction.atomic
def add(*, judge: Judge, spec: Spec, actor: audit.Actor, now: datetime) -> JudgeVersion:
    """The next version of a judge. Raises NotPublished, and what is wrong with the prompt."""
    check(spec)
    Judge.objects.select_for_update().get(pk=judge.pk)
    number = 1 + JudgeVersion.objects.filter(judge=judge).count()
    version = draft(judge=judge, spec=spec, number=number)
    version.rater = raters.own(kind=Rater.Kind.JUDGE, name=f"{judge.name} v{number}")
    version.created_at, version.created_by = now, actor.user
    version.save(force_insert=True)
    data = {"judge": judge.pk, "number": number, "model": version.model, "taxonomy": spec.taxonomy_version.number}
    audit.record(actor=actor, verb="judge.version_made", target=("judge_version", version.pk), now=now, data=data)
    return version


def draft(*, judge: Judge, spec: Spec, number: int) -> JudgeVersion:
    """A version that is stored nowhere, to be tried."""
    return JudgeVersion(judge=judge, number=number, **vars(spec))


def check(spec: Spec) -> None:
    """Raises NotPublished, and what is wrong with the prompt."""
    if spec.taxonomy_version.published_at is None:
        raise NotPublished(number=spec.taxonomy_version.number)
    prompt.check(spec.prompt)
