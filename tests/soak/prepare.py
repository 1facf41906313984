"""What an installation of a soak holds before anybody comes: run in a process of its own, on its database."""

from __future__ import annotations

import json
from decimal import Decimal

from django.utils import timezone

from annotation import access, audit, tasks, taxonomy
from annotation.labels.judge import prompt, request, versions
from annotation.labels.judge.chosen import Choice
from annotation.labels.judge.request import Limits
from annotation.models import Feature, JudgeVersion
from annotation.models.access import SCOPES
from annotation.queues import setup

FEATURE = "email-drafts"
JUDGE = "Steady"


def people(count: int) -> None:
    """A feature, a token with every scope, annotators, and an engineer who is an admin too; printed as JSON."""
    now, actor = timezone.now(), audit.FLYWHEEL
    feature, _ = setup.create_feature(spec=setup.FeatureSpec(slug=FEATURE), actor=actor, now=now)
    _, token = access.create_token(name="machine", scopes=SCOPES, feature=None, expires_at=None, actor=actor, now=now)
    passwords = {}
    for number in range(count):
        passwords[f"person{number}@example.com"] = _person(f"person{number}", [access.ANNOTATOR], feature)
    engineer = _person("eve", [access.ENGINEER, access.ADMIN], feature)
    print(json.dumps({"token": token, "annotators": passwords, "engineer": ["eve@example.com", engineer]}))


def _person(name: str, roles: list[str], feature: Feature) -> str:
    _, password = access.add_person(
        email=f"{name}@example.com",
        name=name,
        roles=roles,
        features=[feature],
        actor=audit.FLYWHEEL,
        now=timezone.now(),
    )
    assert password
    return password


def judge(*, items: int, per_second: float) -> None:
    """A run of a judge over so many items; prints its id."""
    spec = versions.Spec(
        taxonomy_version=taxonomy.current(),
        model="small-1",
        prompt=prompt.DEFAULT,
        temperature=0.0,
        max_tokens=200,
        price_in=Decimal(0),
        price_out=Decimal(0),
    )
    version: JudgeVersion = versions.create(name=JUDGE, spec=spec, actor=audit.FLYWHEEL, now=timezone.now())
    run = request.create(
        version=version,
        feature=Feature.objects.get(slug=FEATURE),
        choice=Choice(limit=items),
        limits=Limits(per_second=per_second, concurrency=4, tries=5, cost_cap=Decimal(10)),
        actor=audit.FLYWHEEL,
        now=timezone.now(),
    )
    tasks.ring(run)
    print(run.public_id)
