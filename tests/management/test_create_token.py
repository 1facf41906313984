"""manage.py create_token."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.models import ApiToken, AuditEvent, Feature
from tests.cast import Machine

pytestmark = pytest.mark.django_db


def create(**options: Any) -> str:
    out = StringIO()
    call_command(
        "create_token", **{"name": "sender", "scopes": "ingest, manage"} | options, stdout=out, stderr=StringIO()
    )
    return out.getvalue().strip()


def test_the_secret_is_printed_once_and_opens_what_its_scopes_say(feature: Feature) -> None:
    secret = create()
    assert secret.startswith("fw_")
    assert Machine(secret).get("/features").status_code == 200
    assert Machine(secret).get("/items", feature=feature.slug).status_code == 403
    token = ApiToken.objects.get()
    assert (token.name, token.scopes, token.expires_at) == ("sender", ["ingest", "manage"], None)
    assert secret.encode() not in bytes(token.token_hash)
    assert AuditEvent.objects.filter(verb="token.created").exists()


def test_it_can_be_bound_to_a_feature_and_expire(feature: Feature) -> None:
    create(feature=feature.slug, expires_days=30)
    token = ApiToken.objects.get()
    assert token.feature == feature
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)


def test_it_can_have_a_limit_of_its_own(feature: Feature) -> None:
    create(requests_per_second=5)
    assert ApiToken.objects.get().requests_per_second == 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scopes": "ingest,everything"}, "no scope everything"),
        ({"scopes": " , "}, "at least one"),
        ({"feature": "nowhere"}, "The features are: email-drafts"),
        ({"expires_days": 0}, "between 1 and 36500"),
        ({"requests_per_second": 0}, "between 1 and 1000000"),
        ({"name": ""}, "1 to 100 characters"),
    ],
)
def test_what_can_t_be_is_refused_in_words(feature: Feature, options: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        create(**options)
    assert not ApiToken.objects.exists()
