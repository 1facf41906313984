"""POST and GET /api/v1/labels: labels from rules, judges, gold sets and people elsewhere."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from annotation.labels import raters, submit
from annotation.models import AuditEvent, ConsensusRevision, Feature, Item, Label, LabelContent, Rater, User
from annotation.queues import lease
from tests import cast, stock
from tests.cast import NOW, Machine
from tests.ingest.sent import interaction, later, signal


def label(**changes: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "feature": "email-drafts",
        "interaction_id": "gen_1",
        "signal_kind": "accepted",
        "source": "human",
        "source_name": "vendor-7",
        "reason": "verified",
    }
    return {field: value for field, value in (sent | changes).items() if value is not None}


@pytest.fixture
def sender(machine: Machine) -> Machine:
    """A machine that has sent one accepted interaction."""
    machine.post("/interactions", interaction(signals=[signal(id="s-1")]))
    return machine


def outcome(answer: Any) -> tuple[int, int, list[str]]:
    told = answer.json()
    return told["accepted"], told["duplicates"], [one["code"] for one in told["refused"]]


class TestSources:
    def test_a_person_elsewhere_resolves_an_item_without_a_lease(self, sender: Machine) -> None:
        sent = label(comment="clear", correction="Dear Ann", duration_ms=4200, labeled_at="2026-03-02T08:30:00Z")
        assert outcome(sender.post("/labels", sent)) == (1, 0, [])
        made = Label.objects.select_related("content", "rater").get()
        assert (made.rater.kind, made.rater.name, made.rater.user) == ("human", "vendor-7", None)
        assert (made.content.comment, made.content.correction, made.duration_ms) == ("clear", "Dear Ann", 4200)
        assert made.labeled_at.isoformat() == "2026-03-02T08:30:00+00:00"
        revision = ConsensusRevision.objects.get()
        assert (revision.reason.code, revision.method, revision.label_source) == ("verified", "single", "human")
        assert Item.objects.get().status == "resolved"

    @pytest.mark.parametrize("source", ["rule", "judge"])
    def test_rules_and_judges_never_vote(self, sender: Machine, source: str) -> None:
        assert outcome(sender.post("/labels", label(source=source, confidence=0.9, comment="why"))) == (1, 0, [])
        made = Label.objects.select_related("content").get()
        assert (made.confidence, made.content.explanation, made.content.comment) == (0.9, "why", "")
        item = Item.objects.get()
        assert (item.status, item.taken) == ("open", [])
        assert not ConsensusRevision.objects.exists()

    def test_gold_decides_over_people(self, sender: Machine) -> None:
        sender.post("/labels", [label(), label(source="gold", source_name="gold-1", reason="unread")])
        current = ConsensusRevision.objects.get(superseded_at=None)
        assert (current.reason.code, current.method) == ("unread", "gold")

    def test_a_sender_can_t_speak_for_an_account(self, sender: Machine, annotator: User) -> None:
        own = raters.for_user(annotator)
        sender.post("/labels", label(source_name=annotator.email))
        made = Label.objects.select_related("rater").get()
        assert made.rater != own
        assert made.rater.user is None

    def test_one_name_under_two_sources_is_two_raters(self, sender: Machine) -> None:
        sender.post("/labels", [label(source="rule", source_name="x"), label(source="judge", source_name="x")])
        assert Rater.objects.filter(name="x").count() == 2

    def test_a_person_elsewhere_makes_room_and_pushes_nobody_out(self, sender: Machine, annotator: User) -> None:
        item = Item.objects.get()
        own = raters.for_user(annotator)
        lease.take_chosen(rater=own, item=item, now=NOW)
        assert outcome(sender.post("/labels", label(reason="unread"))) == (1, 0, [])
        item.refresh_from_db()
        assert (item.needed, len(item.taken), item.status) == (2, 2, "open")
        submit.label(rater=own, item=item, answer=submit.Answer(reason_code="verified", submission_id=uuid4()), now=NOW)
        item.refresh_from_db()
        assert item.status == "disputed"

    def test_the_audit_holds_counts_and_no_text(self, sender: Machine) -> None:
        sender.post("/labels", [label(comment="a private word"), label(reason="nonsense")])
        event = AuditEvent.objects.get(verb="labels.imported")
        assert event.data == {"accepted": 1, "duplicates": 0, "refused": 1}


class TestAgain:
    def test_the_same_label_again_is_a_duplicate(self, sender: Machine) -> None:
        sent = [label(comment="x"), label(source="judge", confidence=0.5, labeled_at="2026-03-02T08:30:00Z")]
        assert outcome(sender.post("/labels", sent)) == (2, 0, [])
        assert outcome(sender.post("/labels", sent)) == (0, 2, [])
        assert Label.objects.count() == 2

    def test_another_answer_replaces_the_earlier_one_which_stays_in_the_history(self, sender: Machine) -> None:
        sender.post("/labels", label())
        assert outcome(sender.post("/labels", label(reason="unread"))) == (1, 0, [])
        history = Label.objects.select_related("reason").order_by("pk")
        assert [(one.reason.code, one.superseded_at is None) for one in history] == [
            ("verified", False),
            ("unread", True),
        ]
        assert ConsensusRevision.objects.get(superseded_at=None).reason.code == "unread"

    def test_who_thinks_again_twice_is_heard_twice(self, sender: Machine) -> None:
        for reason in ("verified", "unread", "verified"):
            assert outcome(sender.post("/labels", label(reason=reason))) == (1, 0, [])
        assert ConsensusRevision.objects.get(superseded_at=None).reason.code == "verified"

    def test_a_dated_label_that_comes_late_again_changes_nothing(self, sender: Machine) -> None:
        first = label(labeled_at="2026-03-02T08:30:00Z")
        sender.post("/labels", first)
        sender.post("/labels", label(reason="unread", labeled_at="2026-03-02T08:40:00Z"))
        assert outcome(sender.post("/labels", first)) == (0, 1, [])
        assert Label.objects.get(superseded_at=None).reason.code == "unread"

    def test_a_time_ahead_of_the_clock_is_clamped_and_still_known_again(self, sender: Machine) -> None:
        sent = label(labeled_at="2099-01-01T00:00:00Z")
        assert outcome(sender.post("/labels", [sent])) == (1, 0, [])
        assert outcome(sender.post("/labels", [sent])) == (0, 1, [])
        made = Label.objects.get()
        assert made.labeled_at == made.received_at


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "code", "words"),
        [
            ({"feature": "nowhere"}, "unknown_feature", "nowhere"),
            ({"interaction_id": "gen_9"}, "unknown_interaction", "Send it first"),
            ({"signal_kind": "copied"}, "unknown_signal", "accepted"),
            ({"signal_kind": None, "signal_id": "s-9"}, "unknown_signal", "accepted"),
            ({"signal_kind": None}, "missing_field", "signal_id"),
            ({"reason": "nonsense"}, "unknown_reason", "verified, adequate"),
            ({"reason": "gave_up"}, "unknown_reason", "verified, adequate"),
            ({"taxonomy_version": 9}, "unknown_taxonomy_version", "The versions are: 1"),
            ({"source": "oracle"}, "unknown_value", "rule, judge, gold, human"),
            ({"source": None}, "missing_field", "source is missing"),
            ({"source_name": None}, "missing_field", "source_name is missing"),
            ({"confidence": 1.5}, "out_of_range", "between 0 and 1"),
            ({"confidence": "0.5"}, "wrong_type", "a number"),
            ({"duration_ms": -1}, "out_of_range", "duration_ms"),
            ({"labeled_at": "2026-03-02"}, "invalid_time", "labeled_at"),
            ({"comment": "\0"}, "invalid_text", "U+0000"),
            ({"comment": "x" * 20_001}, "too_long", "20,000"),
            ({"color": "red"}, "unknown_field", "color"),
        ],
    )
    def test_what_can_t_be_taken_is_said_and_sinks_no_neighbor(
        self, sender: Machine, change: dict[str, Any], code: str, words: str
    ) -> None:
        answer = sender.post("/labels", [label(**change), label(source="rule")])
        assert outcome(answer) == (1, 0, [code])
        assert words in answer.json()["refused"][0]["message"]
        assert Label.objects.count() == 1

    def test_a_kind_that_occurs_twice_needs_the_signal_s_id(self, sender: Machine) -> None:
        sender.post("/signals", later("gen_1", "accepted", id="s-2"))
        answer = sender.post("/labels", label())
        assert (answer.status_code, outcome(answer)) == (422, (0, 0, ["ambiguous_signal"]))
        assert outcome(sender.post("/labels", label(signal_id="s-2"))) == (1, 0, [])
        assert Label.objects.get().item.signal.external_id == "s-2"

    def test_a_kind_that_is_not_queued_has_no_item(self, sender: Machine) -> None:
        sender.post("/signals", later("gen_1", "later_result"))
        assert outcome(sender.post("/labels", label(signal_kind="later_result"))) == (0, 0, ["unknown_signal"])

    def test_the_scope_is_label_and_the_feature_is_the_token_s(self, sender: Machine) -> None:
        assert cast.machine("ingest").post("/labels", label()).status_code == 403
        bound = cast.machine("label", of=cast.feature("support-chat"))
        assert outcome(bound.post("/labels", label())) == (0, 0, ["forbidden_feature"])


class TestListed:
    def test_labels_are_listed_by_source_with_what_was_said(self, sender: Machine) -> None:
        sender.post("/labels", [label(comment="clear"), label(source="judge", confidence=0.7, comment="since")])
        listed = sender.get("/labels", feature="email-drafts").json()["results"]
        assert [one["source"] for one in listed] == ["human", "judge"]
        (judged,) = sender.get("/labels", feature="email-drafts", source="judge").json()["results"]
        assert (judged["source_name"], judged["confidence"], judged["explanation"]) == ("vendor-7", 0.7, "since")
        assert (judged["interaction_id"], judged["signal_id"], judged["signal_kind"]) == ("gen_1", "s-1", "accepted")
        assert (judged["reason"], judged["outcome"], judged["taxonomy_version"]) == ("verified", "good", 1)
        assert judged["item_id"] == Item.objects.get().public_id

    def test_an_account_is_told_by_number_and_not_by_its_email(self, sender: Machine, annotator: User) -> None:
        rater = raters.for_user(annotator)
        item = lease.take(rater=rater, queue=Item.objects.get().queue, now=NOW)
        assert item is not None
        submit.label(
            rater=rater, item=item, answer=submit.Answer(reason_code="verified", submission_id=uuid4()), now=NOW
        )
        (listed,) = sender.get("/labels", feature="email-drafts").json()["results"]
        assert listed["source_name"] == f"human-{rater.pk}"
        assert sender.get("/labels", feature="email-drafts", source_name=listed["source_name"]).json()["results"]
        assert not sender.get("/labels", feature="email-drafts", source_name=annotator.email).json()["results"]

    def test_replaced_labels_are_listed_on_request(self, sender: Machine) -> None:
        for reason in ("verified", "unread"):
            sender.post("/labels", label(reason=reason))
        assert len(sender.get("/labels", feature="email-drafts").json()["results"]) == 1
        both = sender.get("/labels", feature="email-drafts", current="false").json()["results"]
        assert [(one["reason"], one["is_current"]) for one in both] == [("verified", False), ("unread", True)]

    def test_wrong_filters_are_422_and_forbidden_features_403(self, sender: Machine) -> None:
        assert sender.get("/labels").status_code == 422
        assert sender.get("/labels", feature="email-drafts", source="oracle").status_code == 422
        assert sender.get("/labels", feature="nowhere").status_code == 404
        bound = cast.machine("read", of=cast.feature("support-chat"))
        assert bound.get("/labels", feature="email-drafts").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_the_same_labels_sent_by_four_at_once_are_there_once() -> None:
    cast.feature()
    _, secret = cast.token()
    names = [f"g{n}" for n in range(20)]
    Machine(secret).post("/interactions", [interaction(name, signals=[signal()]) for name in names])
    sent = [label(interaction_id=name) for name in names]

    def post(order: int) -> tuple[int, int, list[str]]:
        return outcome(Machine(secret).post("/labels", sent[::order]))

    outcomes = stock.together(4, post, [1, -1] * 4)
    assert sum(one[0] for one in outcomes) == 20
    assert sum(one[1] for one in outcomes) == 140
    assert Label.objects.count() == ConsensusRevision.objects.count() == 20


def test_labels_leave_no_text_outside_their_content(sender: Machine, feature: Feature) -> None:
    sender.post("/labels", label(comment="a private word"))
    assert LabelContent.objects.get().comment == "a private word"
    assert not AuditEvent.objects.filter(data__icontains="private").exists()


@pytest.mark.django_db(transaction=True)
def test_senders_who_name_the_same_new_raters_in_other_orders_do_not_deadlock(machine: Machine) -> None:
    machine.post("/interactions", [interaction(f"gen_{one}", signals=[signal()]) for one in range(80)])
    names = [f"judge-{number}" for number in range(20)]

    def send(sender: int) -> Any:
        order = names if sender % 2 else names[::-1]
        sent = [
            label(interaction_id=f"gen_{sender * 20 + place}", source="judge", source_name=name)
            for place, name in enumerate(order)
        ]
        return outcome(machine.post("/labels", sent))

    assert stock.together(4, send, [0, 1, 2, 3]) == [(20, 0, [])] * 4


def test_people_s_labels_leave_as_openinference_annotations_page_by_page(sender: Machine, feature: Feature) -> None:
    trace, span = "5b8aa5a2d2c872e8321cf37308d69df2", "93564f51e1abe1c2"
    sender.post("/interactions", interaction(f"{trace}-{span}", signals=[signal(id="s-2")]))
    sender.post(
        "/labels",
        [
            label(comment="Checked it.", duration_ms=1500, labeled_at="2026-03-02T10:00:00Z"),
            label(interaction_id=f"{trace}-{span}", reason="unread"),
            label(source="judge", source_name="judge-3", confidence=0.9),
        ],
    )
    first = sender.get("/labels", **{"feature": feature.slug, "as": "openinference", "limit": 1}).json()
    assert "as=openinference" in first["next"]
    (one,) = first["results"]
    (two,) = sender.get(first["next"].partition("/api/v1")[2]).json()["results"]
    metadata = json.loads(one["attributes"].pop("annotations.0.annotation.metadata"))
    assert one["attributes"] == {
        "openinference.span.kind": "EVALUATOR",
        "flywheel.interaction.id": "gen_1",
        "annotations.0.annotation.name": "accepted",
        "annotations.0.annotation.label": "verified",
        "annotations.0.annotation.score": 1,
        "annotations.0.annotation.explanation": "Checked it.",
        "annotations.0.annotation.annotator_kind": "HUMAN",
        "annotations.0.annotation.identifier": "vendor-7",
    }
    assert (metadata["outcome"], metadata["signal_id"], metadata["taxonomy_version"]) == ("good", "s-1", 1)
    assert (one["start_time"], one["end_time"]) == ("2026-03-02T09:59:58.500000Z", "2026-03-02T10:00:00Z")
    assert one["links"] == []
    assert (len(one["context"]["trace_id"]), len(one["context"]["span_id"])) == (32, 16)
    # What is neither good nor bad has no score; nothing is said by an empty text or a null.
    assert two["links"] == [{"trace_id": trace, "span_id": span}]
    assert set(two["attributes"]) == set(one["attributes"]) - {
        "annotations.0.annotation.score",
        "annotations.0.annotation.explanation",
    } | {"annotations.0.annotation.metadata"}
    judges = sender.get("/labels", **{"feature": feature.slug, "as": "openinference", "source": "judge"}).json()
    assert [span["attributes"]["annotations.0.annotation.annotator_kind"] for span in judges["results"]] == ["LLM"]
    assert sender.get("/labels", **{"feature": feature.slug, "as": "csv"}).status_code == 422
