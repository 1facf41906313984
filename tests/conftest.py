"""The cast as fixtures: one line of a test says who acts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.core.cache import cache
from django.db import connection
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck, settings

from annotation import access
from annotation.models import Feature, User
from tests import cast
from tests.cast import Machine
from tests.workers import Workers

pytest_plugins = ["tests.browser.fixtures", "tests.s3"]

# The same examples in each run, however slow the machine: what is found once is found again. Runs that take long draw
# others.
settings.register_profile("tests", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

# A row for each model, made with the tables and never changed.
MADE_ONCE = {"django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """What a test has committed is emptied away; two tables stay as they were made.

    To make them anew after each such test took longer than to empty all the others.
    """
    introspection = type(connection.introspection)
    named = introspection.django_table_names

    def without_those(self: Any, **which: bool) -> list[str]:
        return [table for table in named(self, **which) if table not in MADE_ONCE]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(introspection, "django_table_names", without_those)
        post_migrate.disconnect(create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions")
        post_migrate.disconnect(create_contenttypes)
        yield


@pytest.fixture
def quick_passwords(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that sign in by the form many times: a hash that costs nothing, in place of a third of a second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(cast, "_hashed", make_password)


@pytest.fixture
def nothing_tried_yet() -> Iterator[None]:
    """Tries to sign in are counted in the cache, of earlier tests' people with the same keys too."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def now() -> datetime:
    return cast.NOW


@pytest.fixture
def feature(db: None) -> Feature:
    return cast.feature()


@pytest.fixture
def annotator(feature: Feature) -> User:
    return cast.person("ann", roles=[access.ANNOTATOR], features=[feature])


@pytest.fixture
def annotator2(feature: Feature) -> User:
    return cast.person("ben", roles=[access.ANNOTATOR], features=[feature])


@pytest.fixture
def adjudicator(feature: Feature) -> User:
    return cast.person("cleo", roles=[access.ANNOTATOR, access.ADJUDICATOR], features=[feature])


@pytest.fixture
def engineer(feature: Feature) -> User:
    return cast.person("eve", roles=[access.ENGINEER], features=[feature])


@pytest.fixture
def admin(feature: Feature) -> User:
    return cast.person("ada", roles=[access.ADMIN])


@pytest.fixture
def stranger(db: None) -> User:
    """Signed in, with no role and no membership."""
    return cast.person("sid")


@pytest.fixture
def machine(feature: Feature) -> Machine:
    """A token with every scope, bound to no feature."""
    return cast.machine()


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[Workers]:
    """Real Celery processes, all of which end with the test."""
    started = Workers(tmp_path)
    yield started
    started.end()
