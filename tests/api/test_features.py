"""GET and POST /api/v1/features, PATCH /api/v1/features/{slug}."""

from __future__ import annotations

from typing import get_args

import pytest

from annotation.api import features
from annotation.lib import pii
from annotation.models import AuditEvent, Feature, InteractionContent, Queue
from tests import cast
from tests.cast import Machine
from tests.ingest.sent import interaction


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


DOOR = {
    "redaction": ["email", "card"],
    "derive_edited_from": None,
    "derive_abandoned_minutes": 30,
    "retention_days": 90,
    "audited_key": "language",
}


def test_a_feature_is_made_with_its_door_s_settings(machine: Machine) -> None:
    made = machine.post("/features", {"slug": "support-chat", **DOOR}).json()
    assert {name: made[name] for name in DOOR} == DOOR
    plain = machine.post("/features", {"slug": "other"}).json()
    assert {name: plain[name] for name in DOOR} == {
        "redaction": [],
        "derive_edited_from": 0,
        "derive_abandoned_minutes": None,
        "retention_days": None,
        "audited_key": "",
    }


class TestChanges:
    def test_what_is_sent_is_changed_and_the_rest_stays(self, machine: Machine, feature: Feature) -> None:
        answer = machine.patch(f"/features/{feature.slug}", DOOR | {"settle_hours": 2, "eval_share": 0.1})
        told = answer.json()
        assert answer.status_code == 200
        assert {name: told[name] for name in DOOR} == DOOR | {"redaction": ["card", "email"]}
        assert (told["settle_hours"], told["eval_share"], told["closure_days"], told["name"]) == (
            2,
            0.1,
            30,
            feature.slug,
        )
        assert set(told["changed"]) == {*DOOR, "settle_hours", "eval_share"}
        event = AuditEvent.objects.get(verb="feature.changed")
        assert event.token is not None
        assert event.data["changed"]["settle_hours"] == [24, 2]
        assert event.data["changed"]["redaction"] == [[], ["card", "email"]]

    def test_the_same_again_changes_nothing_and_leaves_no_event(self, machine: Machine, feature: Feature) -> None:
        machine.patch(f"/features/{feature.slug}", {"redaction": ["email"]})
        again = machine.patch(f"/features/{feature.slug}", {"redaction": ["email", "email"], "settle_hours": 24})
        assert (again.status_code, again.json()["changed"]) == (200, [])
        assert AuditEvent.objects.filter(verb="feature.changed").count() == 1

    def test_null_stands_for_never_and_forever(self, machine: Machine, feature: Feature) -> None:
        machine.patch(f"/features/{feature.slug}", DOOR | {"derive_edited_from": 0.2})
        empty = {"derive_edited_from": None, "derive_abandoned_minutes": None, "retention_days": None, "name": None}
        told = machine.patch(f"/features/{feature.slug}", empty).json()
        assert [told[name] for name in empty] == [None, None, None, feature.slug]

    def test_the_audit_tells_that_the_name_was_changed_and_not_what_it_says(
        self, machine: Machine, feature: Feature
    ) -> None:
        machine.patch(f"/features/{feature.slug}", {"name": "Mails of Ann"})
        assert AuditEvent.objects.get(verb="feature.changed").data == {"changed": {"name": True}}

    def test_the_share_for_evaluation_is_fixed_with_the_first_interaction(
        self, machine: Machine, feature: Feature
    ) -> None:
        assert machine.patch(f"/features/{feature.slug}", {"eval_share": 0.2}).status_code == 200
        machine.post("/interactions", interaction())
        answer = machine.patch(f"/features/{feature.slug}", {"eval_share": 0.3, "settle_hours": 1})
        assert (answer.status_code, answer.json()["code"]) == (409, "eval_share_fixed")
        feature.refresh_from_db()
        assert (feature.eval_share, feature.settle_hours) == (0.2, 24)
        assert machine.patch(f"/features/{feature.slug}", {"eval_share": 0.2, "settle_hours": 1}).status_code == 200

    def test_what_is_stored_is_redacted_from_then_on(self, machine: Machine, feature: Feature) -> None:
        machine.post("/interactions", interaction("before", output="ann@example.com"))
        machine.patch(f"/features/{feature.slug}", {"redaction": ["email"]})
        machine.post("/interactions", interaction("after", output="ann@example.com"))
        stored = dict(InteractionContent.objects.values_list("interaction__external_id", "output"))
        assert stored["before"] == "ann@example.com"
        assert stored["after"].startswith("[email-")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"redaction": ["telepathy"]},
            {"redaction": None},
            {"redaction": "email"},
            {"derive_edited_from": 1},
            {"derive_abandoned_minutes": 0},
            {"retention_days": 0},
            {"settle_hours": None},
            {"slug": "other"},
            {"closure_days": "30"},
        ],
    )
    def test_a_value_that_does_not_fit_is_refused(
        self, machine: Machine, feature: Feature, wrong: dict[str, object]
    ) -> None:
        assert machine.patch(f"/features/{feature.slug}", wrong).status_code == 422
        assert not AuditEvent.objects.filter(verb="feature.changed").exists()

    def test_only_who_may_manage_it_changes_it(self, machine: Machine, feature: Feature) -> None:
        cast.feature("support-chat")
        address = "/features/support-chat"
        assert machine.patch("/features/nowhere", {"settle_hours": 1}).status_code == 404
        assert cast.machine("read", "ingest").patch(address, {"settle_hours": 1}).status_code == 403
        assert cast.machine(of=feature).patch(address, {"settle_hours": 1}).json()["code"] == "forbidden_feature"
        assert not AuditEvent.objects.filter(verb="feature.changed").exists()


def test_the_document_promises_no_default_where_nothing_is_filled_in(machine: Machine) -> None:
    schemas = machine.get("/openapi.json").json()["components"]["schemas"]
    assert all("default" not in field for field in schemas["FeatureChanged"]["properties"].values())
    assert schemas["FeatureSent"]["properties"]["closure_days"]["default"] == 30


def test_the_rules_are_those_that_there_are() -> None:
    assert get_args(features.Rule) == pii.RULES


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
