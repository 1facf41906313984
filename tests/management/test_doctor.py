"""manage.py doctor: one thing after another, each with what to type next, until nothing is missing."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.utils import timezone

from annotation import access, installation, jobs
from tests import away, cast

pytestmark = pytest.mark.django_db(transaction=True)


def told() -> tuple[int, str]:
    """Exit code and what it says."""
    out = StringIO()
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_each_missing_thing_is_followed_by_what_to_type_until_nothing_is_missing(settings: LazySettings) -> None:
    installation.ensure(now=timezone.now())
    settings.JUDGE_BASE_URL = None
    code, said = told()
    assert (code, "MISSING  worker" in said, "Next: Start one: celery" in said) == (1, True, True)
    # Alive for as long as the test may take.
    jobs.report_worker("w", now=timezone.now() + timedelta(hours=1))
    assert "Next: manage.py add_person" in told()[1]
    cast.person("ada", roles=[access.ADMIN])
    assert "Next: Sign in as an admin" in told()[1]
    cast.feature()
    assert "Next: manage.py create_token" in told()[1]
    cast.token("ingest")
    code, said = told()
    assert (code, "MISSING" in said) == (0, False)
    assert "optional judges" in said
    assert "TRUSTED_PROXIES" not in said
    settings.SECURE_SSL_REDIRECT = True
    assert "optional proxies: 0 are trusted (TRUSTED_PROXIES)" in told()[1]
    settings.TRUSTED_PROXIES = 1
    assert "ok       proxies: 1 are trusted" in told()[1]
    assert "Nothing is missing." in said
    settings.WEB_PROCESSES = 1000
    code, said = told()
    assert (code, "MISSING  connections: 1000 web processes" in said) == (1, True)


def test_another_hash_key_and_a_database_that_is_away_are_said_in_words(settings: LazySettings) -> None:
    installation.ensure(now=timezone.now())
    settings.HASH_KEY = b"another key than the one that this was made with"
    assert "Next: Set HASH_KEY to its former value" in told()[1]
    with away.database():
        code, said = told()
    assert (code, "MISSING  database: can't be reached" in said) == (1, True)
