"""The cast as fixtures: one line of a test says who acts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from annotation import access
from annotation.models import Feature, User
from tests import cast
from tests.cast import Machine
from tests.workers import Workers

pytest_plugins = ["tests.browser.fixtures"]


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
