"""The store: once however often it is sent, each record alone, and every signal finds its interaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from annotation.ingest import identity, settle, store, waiting
from annotation.ingest.outcome import Outcome
from annotation.models import (
    Feature,
    Interaction,
    InteractionContent,
    Item,
    Signal,
    SignalContent,
    Tombstone,
    WaitingSignal,
)
from tests import cast
from tests.cast import NOW
from tests.ingest.sent import interaction, later, signal
from tests.ingest.test_record import hostile_texts

pytestmark = pytest.mark.django_db


def send(*records: Any, now: datetime = NOW, only: Feature | None = None) -> Outcome:
    return store.interactions(records=list(enumerate(records)), now=now, only=only)


def send_signals(*records: Any, now: datetime = NOW) -> Outcome:
    return store.signals(records=list(enumerate(records)), now=now)


def codes(outcome: Outcome) -> list[tuple[int, str]]:
    return [(one.index, one.code) for one in outcome.refused]


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.accepted, outcome.duplicates, outcome.waiting, len(outcome.refused)


class TestInteractions:
    def test_every_field_is_stored_where_it_belongs(self, feature: Feature) -> None:
        sent = interaction(
            conversation_id="c7",
            user_key="u-19",
            request_model="gpt",
            response_model="gpt-1",
            final_text="Dear Ann!",
            exposure={"set_id": "s1", "rank": 1, "of": 3, "propensity": 0.33},
            replaces="gen_0",
            metadata={"tenant": "a", "1.0": [1.0, None, True]},
        )
        assert counts(send(sent)) == (1, 0, 0, 0)
        row = Interaction.objects.select_related("content").get()
        assert (row.feature, row.external_id, row.conversation_id, row.conversation_rank) == (feature, "gen_1", "c7", 1)
        assert (row.model_version, row.request_model, row.response_model) == ("drafts-7", "gpt", "gpt-1")
        assert (row.exposure_set, row.exposure_rank, row.exposure_of, row.exposure_propensity) == ("s1", 1, 3, 0.33)
        assert (row.replaces, row.ingested_at, row.settle_at) == ("gen_0", NOW, NOW + timedelta(hours=24))
        assert row.occurred_at == NOW - timedelta(hours=1)
        assert row.random_number == identity.random_number(feature=feature.slug, interaction_id="gen_1")
        content = row.content
        assert (content.input, content.output, content.final_text) == (sent["input"], sent["output"], "Dear Ann!")
        assert content.metadata == sent["metadata"]

    def test_what_is_absent_is_null_and_no_user_is_no_user(self, feature: Feature) -> None:
        send(interaction(input=None))
        row = Interaction.objects.select_related("content").get()
        assert (row.conversation_id, row.user_hash, row.replaces, row.exposure_set) == (None, None, None, None)
        assert (row.content.input, row.content.final_text, row.content.metadata) == (None, None, {})

    def test_a_user_key_is_kept_as_a_keyed_hash_of_its_feature_and_never_as_sent(self, feature: Feature) -> None:
        cast.feature("support-chat")
        send(
            interaction("a", user_key="u-19"),
            interaction("b", user_key="u-19"),
            interaction("c", user_key="u-20"),
            interaction("d", user_key="u-19", feature="support-chat"),
        )
        found = [bytes(row.user_hash or b"") for row in Interaction.objects.order_by("external_id")]
        assert (found[0] == found[1], len(set(found))) == (True, 3)
        assert not InteractionContent.objects.filter(metadata__icontains="u-19").exists()

    @pytest.mark.parametrize(
        ("models", "version"),
        [
            ({"model_version": "v", "response_model": "p", "request_model": "q"}, "v"),
            ({"response_model": "p", "request_model": "q"}, "p"),
            ({"request_model": "q"}, "q"),
            ({}, "unknown"),
        ],
    )
    def test_the_model_version_is_the_best_that_was_told(
        self, feature: Feature, models: dict[str, str], version: str
    ) -> None:
        changes: dict[str, Any] = {"model_version": None, **models}
        send(interaction(**changes))
        assert Interaction.objects.get().model_version == version

    def test_a_clock_that_runs_ahead_is_clamped_and_noted(self, feature: Feature) -> None:
        ahead = "2026-03-02T09:00:01.5Z"
        send(interaction(occurred_at=ahead, signals=[signal(observed_at=ahead)]))
        row = Interaction.objects.get()
        assert (row.occurred_at, row.clock_ahead_ms) == (NOW, 1500)
        assert Signal.objects.get().observed_at == NOW
        assert counts(send(interaction(occurred_at=ahead), now=NOW + timedelta(hours=1))) == (0, 1, 0, 0)

    def test_the_share_for_evaluation_falls_by_conversation_and_stays(self) -> None:
        cast.feature(eval_share=0.3)
        send(*[interaction(f"g{n}", conversation_id=f"c{n // 2}") for n in range(400)])
        rows = Interaction.objects.order_by("conversation_id")
        by_conversation: dict[str | None, set[bool]] = {}
        for row in rows:
            by_conversation.setdefault(row.conversation_id, set()).add(row.is_evaluation)
        assert all(len(found) == 1 for found in by_conversation.values())
        assert 0.2 < sum(found == {True} for found in by_conversation.values()) / len(by_conversation) < 0.4

    def test_hostile_texts_come_back_as_they_were_sent(self, feature: Feature) -> None:
        texts = hostile_texts()
        records = [interaction(f"g{n:04}", output=text, metadata={"said": text}) for n, text in enumerate(texts)]
        assert counts(send(*records)) == (len(texts), 0, 0, 0)
        rows = InteractionContent.objects.order_by("interaction__external_id").values_list("output", "metadata")
        assert [(output, metadata["said"]) for output, metadata in rows] == [(text, text) for text in texts]

    def test_hostile_ids_come_back_as_they_were_sent(self, feature: Feature) -> None:
        ids = {text for text in hostile_texts() if text.strip() and len(text) <= 256}
        assert counts(send(*[interaction(name) for name in ids])) == (len(ids), 0, 0, 0)
        assert set(Interaction.objects.values_list("external_id", flat=True)) == ids


class TestTwice:
    def test_a_batch_sent_twice_is_stored_once(self, feature: Feature) -> None:
        batch = [interaction(f"g{n}", signals=[signal(), signal("copied", id="s")]) for n in range(20)]
        assert counts(send(*batch)) == (20, 0, 0, 0)
        assert counts(send(*batch)) == (0, 20, 0, 0)
        assert (Interaction.objects.count(), Signal.objects.count(), Item.objects.count()) == (20, 40, 40)
        assert SignalContent.objects.count() == 40

    def test_the_order_of_fields_is_no_other_content(self, feature: Feature) -> None:
        send(interaction())
        assert counts(send(dict(reversed(interaction().items())))) == (0, 1, 0, 0)

    def test_other_content_under_a_known_id_is_refused_and_the_first_stays(self, feature: Feature) -> None:
        send(interaction())
        outcome = send(interaction(output="Another answer"), interaction("gen_2"))
        assert (counts(outcome), codes(outcome)) == ((1, 0, 0, 1), [(0, "conflicting_duplicate")])
        assert InteractionContent.objects.get(interaction__external_id="gen_1").output == "Dear Ann, thank you."

    def test_duplicates_and_conflicts_inside_one_batch_are_told_apart(self, feature: Feature) -> None:
        outcome = send(interaction(), interaction(), interaction(output="Another"), interaction(signals=[signal()]))
        assert (counts(outcome), codes(outcome)) == ((1, 2, 0, 1), [(2, "conflicting_duplicate")])
        assert Signal.objects.count() == 1

    def test_a_resend_with_one_more_signal_is_a_duplicate_whose_new_signal_is_taken(self, feature: Feature) -> None:
        send(interaction(signals=[signal(id="s-1")]))
        outcome = send(interaction(signals=[signal(id="s-1"), signal("copied", id="s-2")]))
        assert counts(outcome) == (0, 1, 0, 0)
        assert set(Signal.objects.values_list("external_id", "kind")) == {("s-1", "accepted"), ("s-2", "copied")}
        assert Item.objects.count() == 2

    def test_the_same_id_is_another_interaction_in_another_feature(self, feature: Feature) -> None:
        cast.feature("support-chat")
        assert counts(send(interaction(), interaction(feature="support-chat"))) == (2, 0, 0, 0)

    def test_a_signal_without_an_id_is_known_by_what_it_says(self, feature: Feature) -> None:
        same = signal(details={"a": 1, "b": 2})
        others = [signal(details={"a": 1}), signal(observed_at="2026-03-02T08:00:06Z"), signal("copied")]
        send(interaction(signals=[same, signal(details={"b": 2, "a": 1}), *others]))
        send(interaction(signals=[same, *others]))
        assert Signal.objects.count() == 4

    def test_a_signal_id_with_another_kind_refuses_the_whole_record(self, feature: Feature) -> None:
        send(interaction(signals=[signal(id="s-1")]))
        outcome = send(interaction(signals=[signal("edited", id="s-1"), signal(id="s-2")]))
        assert codes(outcome) == [(0, "conflicting_duplicate")]
        assert Signal.objects.count() == 1

    def test_a_signal_id_with_other_details_is_a_duplicate_and_the_first_stays(self, feature: Feature) -> None:
        send(interaction(signals=[signal(id="s-1", details={"dwell_ms": 1})]))
        assert counts(send(interaction(signals=[signal(id="s-1", details={"dwell_ms": 2})]))) == (0, 1, 0, 0)
        assert SignalContent.objects.get().details == {"dwell_ms": 1}


class TestRefused:
    def test_one_bad_record_never_sinks_its_neighbors(self, feature: Feature) -> None:
        outcome = send(
            interaction("a"), interaction("b", output="\0"), 3, interaction("c", occurred_at="now"), interaction("d")
        )
        assert counts(outcome) == (2, 0, 0, 3)
        assert codes(outcome) == [(1, "invalid_text"), (2, "wrong_type"), (3, "invalid_time")]
        assert [one.id for one in outcome.refused] == ["b", None, "c"]

    def test_an_unknown_feature_and_one_that_is_not_the_token_s_are_refused_by_record(self, feature: Feature) -> None:
        cast.feature("support-chat")
        outcome = send(
            interaction("a", feature="nowhere"),
            interaction("b", feature="support-chat"),
            interaction("c"),
            only=feature,
        )
        assert codes(outcome) == [(0, "forbidden_feature"), (1, "forbidden_feature")]
        assert codes(send(interaction("a", feature="nowhere"))) == [(0, "unknown_feature")]

    def test_what_was_erased_is_refused_with_its_signals(self, feature: Feature) -> None:
        digest = identity.tombstone(feature=feature.slug, interaction_id="gen_1")
        Tombstone.objects.create(feature=feature, external_id_hash=digest, erased_at=NOW)
        outcome = send(interaction(signals=[signal()]), interaction("gen_2"))
        assert (counts(outcome), codes(outcome)) == ((1, 0, 0, 1), [(0, "erased")])
        assert codes(send_signals(later("gen_1"))) == [(0, "erased")]
        assert not WaitingSignal.objects.exists()

    def test_an_empty_batch_is_an_empty_outcome(self, feature: Feature) -> None:
        assert counts(send()) == (0, 0, 0, 0)
        assert not send().is_all_refused


class TestSignals:
    def test_a_later_signal_makes_an_item_and_comes_once(self, feature: Feature) -> None:
        send(interaction())
        assert counts(send_signals(later("gen_1", "thumbs_down"))) == (1, 0, 0, 0)
        assert counts(send_signals(later("gen_1", "thumbs_down"))) == (0, 1, 0, 0)
        assert Item.objects.get().signal_kind == "thumbs_down"

    def test_it_is_the_same_signal_by_either_door(self, feature: Feature) -> None:
        send(interaction(signals=[signal()]))
        assert counts(send_signals(later("gen_1"))) == (0, 1, 0, 0)

    def test_a_kind_that_nobody_knows_is_kept_and_not_queued(self, feature: Feature) -> None:
        send(interaction(signals=[signal("winked"), signal("later_result", details={"name": "x", "value": 1})]))
        assert set(Signal.objects.values_list("kind", flat=True)) == {"winked", "later_result"}
        assert not Item.objects.exists()

    def test_a_signal_after_the_settle_time_is_late(self, feature: Feature) -> None:
        send(interaction())
        send_signals(later("gen_1", "accepted"), now=NOW + timedelta(hours=24) - timedelta(seconds=1))
        send_signals(later("gen_1", "copied"), now=NOW + timedelta(hours=24))
        settle.settle(now=NOW + timedelta(hours=24))
        send_signals(later("gen_1", "edited"), now=NOW + timedelta(hours=24))
        late = dict(Signal.objects.values_list("kind", "is_late"))
        assert late == {"accepted": False, "copied": True, "edited": True}
        assert dict(Item.objects.values_list("signal_kind", "purpose")) == {
            "accepted": "sample",
            "copied": "backfill",
            "edited": "backfill",
        }

    def test_a_bad_signal_never_sinks_its_neighbors(self, feature: Feature) -> None:
        send(interaction(signals=[signal(id="s-1")]))
        outcome = send_signals(
            later("gen_1", "copied"), later("gen_1", "edited", id="s-1"), {"kind": "x"}, later("gen_1", feature="nope")
        )
        assert counts(outcome) == (1, 0, 0, 3)
        assert codes(outcome) == [(1, "conflicting_duplicate"), (2, "missing_field"), (3, "unknown_feature")]


class TestWaiting:
    def test_a_signal_before_its_interaction_waits_and_attaches_when_that_comes(self, feature: Feature) -> None:
        early = [later("gen_1"), later("gen_1", "copied", id="s-2", details={"part": "x"})]
        assert counts(send_signals(*early)) == (0, 0, 2, 0)
        assert counts(send_signals(*early)) == (0, 0, 2, 0)
        assert WaitingSignal.objects.count() == 2
        send(interaction("gen_0"), interaction("gen_1"), now=NOW + timedelta(days=2))
        assert not WaitingSignal.objects.exists()
        assert set(Signal.objects.values_list("interaction__external_id", "kind", "ingested_at", "is_late")) == {
            ("gen_1", "accepted", NOW, False),
            ("gen_1", "copied", NOW, False),
        }
        assert SignalContent.objects.get(signal__kind="copied").details == {"part": "x"}
        assert Item.objects.count() == 2

    def test_a_waiting_signal_and_the_same_one_inside_the_interaction_are_one(self, feature: Feature) -> None:
        send_signals(later("gen_1"))
        assert counts(send(interaction(signals=[signal(), signal("copied")]))) == (1, 0, 0, 0)
        assert Signal.objects.count() == 2

    def test_a_waiting_signal_of_another_kind_refuses_the_record_and_goes_on_waiting(self, feature: Feature) -> None:
        send_signals(later("gen_1", "accepted", id="s-1"))
        assert codes(send(interaction(signals=[signal("edited", id="s-1")]))) == [(0, "conflicting_duplicate")]
        assert (WaitingSignal.objects.count(), Interaction.objects.count()) == (1, 0)

    def test_more_can_wait_for_a_batch_than_one_statement_takes_parameters(self, feature: Feature) -> None:
        WaitingSignal.objects.bulk_create(
            WaitingSignal(
                feature=feature,
                interaction_external_id=f"gen_{number % 10}",
                external_id=f"s-{number}",
                kind="copied",
                observed_at=NOW,
                received_at=NOW,
            )
            for number in range(2**16)
        )
        send(*(interaction(f"gen_{number}") for number in range(10)))
        assert Signal.objects.count() == 2**16
        assert not WaitingSignal.objects.exists()

    def test_what_waited_for_seven_days_is_dropped(self, feature: Feature) -> None:
        send_signals(later("old"))
        send_signals(later("young"), now=NOW + timedelta(seconds=1))
        assert waiting.drop_old(now=NOW + timedelta(days=7, seconds=1)) == 1
        assert WaitingSignal.objects.get().interaction_external_id == "young"

    def test_the_order_in_which_things_come_changes_nothing(self) -> None:
        parts = [
            lambda: send(interaction("a", conversation_id="c", signals=[signal(id="s-1")])),
            lambda: send(interaction("b", conversation_id="c", occurred_at="2026-03-02T07:00:00Z")),
            lambda: send_signals(later("a", "copied"), later("b", "edited")),
            lambda: send(interaction("a", conversation_id="c", signals=[signal("copied")])),
        ]
        assert len({_told_after(order) for order in permutations(parts)}) == 1


def _told_after(order: tuple[Any, ...]) -> tuple[Any, ...]:
    """What is stored after these calls. The database is then as it was before."""
    with transaction.atomic():
        cast.feature()
        for call in order:
            call()
        told = (
            tuple(Interaction.objects.order_by("external_id").values_list("external_id", "conversation_rank")),
            tuple(Signal.objects.order_by("interaction__external_id", "kind").values_list("kind", "external_id")),
            tuple(Item.objects.order_by("interaction__external_id", "signal_kind").values_list("signal_kind", "key")),
            WaitingSignal.objects.count(),
        )
        transaction.set_rollback(True)
    return told


class TestConversations:
    def test_ranks_follow_the_time_it_occurred_and_not_the_time_it_came(self, feature: Feature) -> None:
        def turn(name: str, minute: int, conversation: str = "c") -> dict[str, Any]:
            return interaction(name, conversation_id=conversation, occurred_at=f"2026-03-02T08:{minute:02}:00Z")

        send(turn("third", 30), turn("first", 10))
        send(turn("fourth", 40), turn("other", 5, "d"))
        send(turn("second", 20), turn("zeroth", 1))
        ranks = dict(Interaction.objects.values_list("external_id", "conversation_rank"))
        assert ranks == {"zeroth": 1, "first": 2, "second": 3, "third": 4, "fourth": 5, "other": 1}

    def test_equal_times_are_ranked_by_id(self, feature: Feature) -> None:
        for name in ("b", "a", "c"):
            send(interaction(name, conversation_id="c"))
        ranks = dict(Interaction.objects.values_list("external_id", "conversation_rank"))
        assert ranks == {"a": 1, "b": 2, "c": 3}

    def test_a_conversation_stays_within_its_feature(self, feature: Feature) -> None:
        cast.feature("support-chat")
        send(interaction("a", conversation_id="c"))
        send(interaction("b", conversation_id="c", feature="support-chat"))
        assert set(Interaction.objects.values_list("conversation_rank", flat=True)) == {1}
