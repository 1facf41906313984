"""A feature whose signals are judged."""

from __future__ import annotations

import pytest

from annotation.models import Feature
from tests import stock


@pytest.fixture
def drafts(db: None) -> Feature:
    made = stock.feature("email-drafts")
    stock.queue(made)
    return made
