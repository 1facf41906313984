"""The demo's accounts: one for each role, with the passwords that its data folder has made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from annotation import access, audit
from annotation.models import ApiToken, Feature, User
from annotation.models.access import SCOPES

ROLES = {
    "annotator": access.ANNOTATOR,
    "annotator2": access.ANNOTATOR,
    "adjudicator": access.ADJUDICATOR,
    "engineer": access.ENGINEER,
    "admin": access.ADMIN,
}
NAMES = {
    "annotator": "Sample Annotator",
    "annotator2": "Second Annotator",
    "adjudicator": "Sample Adjudicator",
    "engineer": "Sample Engineer",
    "admin": "Sample Admin",
}


@transaction.atomic
def make(*, accounts: Mapping[str, Any], features: Sequence[Feature], now: datetime) -> dict[str, User]:
    """The people of `accounts` (name → email and password; `token`: the demo's secret), as members of the features."""
    people = {name: _person(accounts[name], NAMES[name]) for name in ROLES}
    for name, role in ROLES.items():
        access.give(user=people[name], roles=[role], features=features, actor=audit.FLYWHEEL, now=now)
    if access.token_of(secret=accounts["token"], now=now) is None and not ApiToken.objects.filter(name="demo").exists():
        access.create_token(name="demo", scopes=SCOPES, actor=audit.FLYWHEEL, now=now, secret=accounts["token"])
    return people


def _person(account: Mapping[str, str], name: str) -> User:
    found = User.objects.filter(email=account["email"]).first()
    return found or User.objects.create_user(email=account["email"], password=account["password"], name=name)
