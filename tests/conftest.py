"""The cast as fixtures: one line of a test says who acts."""

from __future__ import annotations

from datetime import datetime

import pytest

from annotation import access
from annotation.models import Feature, User
from tests import cast
from tests.cast import Machine

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
