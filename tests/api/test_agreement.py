"""GET /api/v1/agreement."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotation.models import Feature
from tests import cast, crowd
from tests.cast import Machine


def test_agreement_is_told_as_the_page_shows_it(machine: Machine, feature: Feature) -> None:
    crowd.fixed(feature, 2)
    said = [("verified", "verified")] * 30 + [("verified", "unread")] * 10 + [("unread", "unread")] * 10
    crowd.labeled(feature, said, now=timezone.now())
    found = machine.get("/agreement", feature=feature.slug).json()
    total = found["total"]
    assert (total["items"], total["labels"], total["percent"]["value"]) == (50, 100, 0.8)
    assert total["alpha"]["low"] < total["alpha"]["value"] < total["alpha"]["high"] < total["ac1"]["high"]
    assert total["sentence"].startswith("Two people give the same reason 80 times in 100 (likely 68 to 90).")
    assert [one["name"] for one in found["queues"]] == ["default"]
    (kind,) = found["confusions"]
    verified, unread = kind["reasons"].index("verified"), kind["reasons"].index("unread")
    assert kind["shares"][verified][unread] == pytest.approx(10 / 70)
    (pair,) = found["confused_pairs"]
    assert (pair["reasons"], pair["items"], pair["met"], pair["proposal"]) == (
        ["verified", "unread"],
        10,
        50,
        "sharpen",
    )
    (side,) = found["side_by_side"]
    assert (side["items"], side["percent"]) == (50, 0.8)
    assert "@" not in " ".join(side["raters"])


def test_too_few_items_have_a_sentence_and_no_figures(machine: Machine, feature: Feature) -> None:
    found = machine.get("/agreement", feature=feature.slug).json()
    assert (found["total"]["items"], found["total"]["alpha"], found["queues"]) == (0, None, [])
    assert "30 more" in found["total"]["sentence"]


def test_it_takes_the_scope_read(feature: Feature) -> None:
    assert cast.machine("ingest").get("/agreement", feature=feature.slug).status_code == 403
