"""`/insights/validity/`: which signals to train on, which not, and why, for who knows no statistics."""

from __future__ import annotations

import pytest

from annotation.models import Feature, User
from tests.validity import reports
from tests.web import pages

PAGE = "/insights/validity/"


def test_it(feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    reports.stand_in(monkeypatch, *reports.every())
    answer = pages.sign_in(engineer).get(PAGE)
    assert answer.status_code == 200
    print(pages.words(answer))
