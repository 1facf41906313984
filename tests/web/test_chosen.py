"""Which feature a page of insights is about where its address names none."""

from __future__ import annotations

import pytest
from django.test import Client

from annotation import access
from annotation.models import Feature, Membership, User
from tests import cast, stock
from tests.web import pages

PAGES = ("/insights/", "/insights/closure/", "/insights/agreement/")


@pytest.fixture
def other(db: None) -> Feature:
    return cast.feature("a-first")


@pytest.fixture
def both(feature: Feature, other: Feature) -> User:
    return cast.person("emma", roles=[access.ENGINEER], features=[feature, other])


def about(client: Client, address: str) -> str:
    found = client.get(address).context["feature"]
    assert isinstance(found, Feature)
    return found.slug


def test_the_next_page_is_about_the_feature_that_was_looked_at(both: User, feature: Feature) -> None:
    client = pages.sign_in(both)
    assert [about(client, page) for page in PAGES] == ["a-first"] * 3
    assert about(client, f"/insights/?feature={feature.slug}") == feature.slug
    assert [about(client, page) for page in PAGES] == [feature.slug] * 3
    assert about(pages.sign_in(both), "/insights/") == "a-first"


def test_who_has_looked_at_none_sees_the_one_with_most_open_items(both: User, feature: Feature, other: Feature) -> None:
    client = pages.sign_in(both)
    assert about(client, "/insights/") == other.slug
    stock.items(feature, 2)
    stock.items(other, 1)
    assert [about(client, page) for page in PAGES] == [feature.slug] * 3
    stock.items(other, 2)
    assert about(client, "/insights/") == other.slug
    Membership.objects.filter(user=both, feature=other).delete()
    assert about(client, "/insights/") == feature.slug


def test_a_feature_that_is_no_longer_theirs_is_forgotten(both: User, feature: Feature) -> None:
    client = pages.sign_in(both)
    about(client, f"/insights/?feature={feature.slug}")
    Membership.objects.filter(user=both, feature=feature).delete()
    assert [about(client, page) for page in PAGES] == ["a-first"] * 3
