"""People who are signed in, and a feature with items, for the tests of pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from annotation import access, audit
from annotation.models import Feature, User
from tests import stock
from tests.stock import NOW

SignIn = Callable[..., Client]


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature(name="Email drafts")


def person(email: str, *roles: str, features: list[Feature]) -> User:
    """Somebody with these roles who works on these features."""
    user, _ = User.objects.get_or_create(email=email, defaults={"name": email.split("@")[0].title()})
    access.give(user=user, roles=roles, features=features, actor=audit.FLYWHEEL, now=NOW)
    return user


@pytest.fixture
def sign_in(drafts: Feature) -> SignIn:
    """Sign somebody in by name and roles; the person works on `drafts`."""

    def signed_in(name: str, *roles: str) -> Client:
        client = Client()
        client.force_login(person(f"{name}@example.com", *roles, features=[drafts]))
        return client

    return signed_in
