"""GET and POST /api/v1/features."""

from __future__ import annotations

import pytest

from annotation.models import AuditEvent, Feature, Queue
from tests.cast import Machine


def test_a_new_feature_is_made_with_the_contract_s_defaults_and_a_queue(machine: Machine) -> None:
    answer = machine.post("/features", {"slug": "support-chat"})
    assert answer.status_code == 201
    made = answer.json()
    assert made["created"] is True
    assert {name: made[name] for name in ("slug", "name", "closure_days", "settle_hours", "eval_share")} == {
        "slug": "support-chat",
        "name": "support-chat",
        "closure_days": 30,
        "settle_hours": 24,
        "eval_share": 0,
    }
    assert Queue.objects.filter(feature__slug="support-chat", name="default").exists()


def test_posting_one_that_exists_changes_nothing_and_says_so(machine: Machine, feature: Feature) -> None:
    answer = machine.post("/features", {"slug": feature.slug, "name": "Another name", "closure_days": 7})
    assert answer.status_code == 200
    assert answer.json()["created"] is False
    assert "nothing was changed" in answer.json()["detail"]
    assert answer.json()["closure_days"] == feature.closure_days
    feature.refresh_from_db()
    assert feature.name == "email-drafts"


def test_the_audit_names_the_token(machine: Machine) -> None:
    machine.post("/features", {"slug": "support-chat"})
    event = AuditEvent.objects.get(verb="feature.created", feature__slug="support-chat")
    assert event.token is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "with space"},
        {"slug": ""},
        {"slug": "x" * 101},
        {"slug": "x", "closure_days": 0},
        {"slug": "x", "settle_hours": -1},
        {"slug": "x", "eval_share": 1},
        {"slug": "x", "eval_share": "0.1"},
        {"slug": "x", "closure_days": 1.5},
        {"slug": "x", "closure_days": True},
    ],
)
def test_a_value_out_of_its_bounds_is_refused(machine: Machine, wrong: dict[str, object]) -> None:
    assert machine.post("/features", wrong).status_code == 422
    assert not Feature.objects.filter(slug="x").exists()
