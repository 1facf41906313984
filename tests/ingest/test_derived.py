"""Where a sender gives only raw facts, a rule makes the signal, and is named on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from annotation.ingest import derived, evidence, gathering, settle, store
from annotation.models import Feature, Item, Signal
from tests.cast import NOW
from tests.ingest.sent import interaction, later, signal

DRAFT = "Dear Ann, our meeting moves to Thursday at nine in the large room."
KEPT = "Dear Ann, our meeting moves to Friday at nine in the large room."


def _send(*records: dict[str, Any]) -> None:
    outcome = store.interactions(records=list(enumerate(records)), now=NOW)
    assert not outcome.refused, outcome.refused


def _wait(span: timedelta = derived.PATIENCE) -> None:
    while gathering.refresh(now=NOW + span):
        pass


def _signals() -> list[tuple[str, str | None]]:
    return list(Signal.objects.order_by("pk").values_list("kind", "derived_by"))


def _settle(feature: Feature) -> None:
    settle.settle(now=NOW + timedelta(hours=feature.settle_hours, minutes=2))


def test_a_kept_text_that_differs_is_an_edit(feature: Feature) -> None:
    _send(interaction(output=DRAFT, final_text=KEPT))
    _wait()
    assert _signals() == [("edited", "final-text-differs")]
    assert Signal.objects.get().content.details == {"token_edit_ratio": round(1 / 13, 4)}
    item = Item.objects.get()
    assert (item.signal_kind, item.purpose) == ("edited", "sample")


def test_the_rule_is_told_and_no_time_is_made_up(feature: Feature) -> None:
    _send(interaction(output=DRAFT, final_text=KEPT))
    _wait()
    codes = [fact.code for fact in evidence.of(Item.objects.get()).facts]
    assert codes[0] == "derived"
    assert "edited_after" not in codes


def test_a_text_that_was_kept_as_it_was_is_no_edit(feature: Feature) -> None:
    _send(interaction(output=DRAFT, final_text=DRAFT), interaction("gen_2", output=DRAFT, final_text=f" {DRAFT}\n"))
    _wait()
    assert _signals() == []


def test_what_the_sender_says_goes_before_the_rule(feature: Feature) -> None:
    store.signals(records=[(0, later("gen_2"))], now=NOW)
    _send(
        interaction("gen_1", output=DRAFT, final_text=KEPT, signals=[signal("accepted")]),
        interaction("gen_2", output=DRAFT, final_text=KEPT),
        interaction("gen_3", output=DRAFT, final_text=KEPT),
    )
    _wait(derived.PATIENCE / 2)
    store.signals(records=[(0, later("gen_3", "dismissed"))], now=NOW)
    _wait()
    _settle(feature)
    assert sorted(_signals()) == [("accepted", None), ("accepted", None), ("dismissed", None)]


def test_a_turn_of_its_conversation_makes_the_rule_no_more_hasty(feature: Feature) -> None:
    _send(interaction(output=DRAFT, final_text=KEPT, conversation_id="c1"))
    _wait(timedelta(seconds=5))
    assert _signals() == []
    _wait()
    assert _signals() == [("edited", "final-text-differs")]


def test_where_no_worker_came_by_the_settle_time_asks_the_rule(feature: Feature) -> None:
    _send(interaction(output=DRAFT, final_text=KEPT))
    _settle(feature)
    _wait()
    assert _signals() == [("edited", "final-text-differs")]


def test_a_feature_that_settles_sooner_waits_no_longer(feature: Feature) -> None:
    Feature.objects.update(settle_hours=0)
    _send(interaction(output=DRAFT, final_text=KEPT))
    _wait(timedelta())
    assert _signals() == [("edited", "final-text-differs")]


@pytest.mark.parametrize(("least", "made"), [(0.05, 1), (0.2, 0), (None, 0)])
def test_the_feature_says_how_much_is_an_edit(feature: Feature, least: float | None, made: int) -> None:
    Feature.objects.update(derive_edited_from=least)
    _send(interaction(output=DRAFT, final_text=KEPT))
    _wait()
    assert Signal.objects.count() == made


def test_a_record_sent_again_derives_nothing_more(feature: Feature) -> None:
    for _ in range(2):
        _send(interaction(output=DRAFT, final_text=KEPT))
        _wait()
    assert Signal.objects.count() == 1


def test_long_texts_are_compared_in_little_time(feature: Feature) -> None:
    draft = " ".join(f"word{number}" for number in range(60_000))
    _send(interaction(output=draft, final_text=draft[: len(draft) // 2]))
    _wait()
    assert _signals() == [("edited", "final-text-differs")]


def test_nobody_sends_a_signal_under_the_name_of_a_derived_one(feature: Feature) -> None:
    outcome = store.interactions(records=[(0, interaction(signals=[signal(id="derived-edited")]))], now=NOW)
    assert [refused.code for refused in outcome.refused] == ["reserved_id"]


def test_a_conversation_that_ends_in_silence_was_abandoned(feature: Feature) -> None:
    Feature.objects.update(derive_abandoned_minutes=30)
    turns = [("gen_1", "08:00:00"), ("gen_2", "08:20:00"), ("gen_3", "08:55:00")]
    _send(*(interaction(name, conversation_id="c1", occurred_at=f"2026-03-02T{at}Z") for name, at in turns))
    _settle(feature)
    kinds = dict(Signal.objects.values_list("interaction__external_id", "kind"))
    assert kinds == {"gen_1": "no_signal", "gen_2": "abandoned", "gen_3": "abandoned"}
    last = Signal.objects.get(interaction__external_id="gen_3")
    assert (last.derived_by, last.content.details) == ("no-further-turn", {"minutes": 30})
    assert Item.objects.filter(signal_kind="abandoned", purpose="sample").count() == 2


def test_without_the_feature_s_minutes_silence_is_no_signal(feature: Feature) -> None:
    _send(interaction(conversation_id="c1"))
    _settle(feature)
    assert _signals() == [("no_signal", None)]


def test_without_a_conversation_nobody_is_said_to_have_left(feature: Feature) -> None:
    Feature.objects.update(derive_abandoned_minutes=30)
    _send(interaction())
    _settle(feature)
    assert _signals() == [("no_signal", None)]


def test_silence_has_its_evidence_at_once(feature: Feature) -> None:
    _send(interaction())
    _settle(feature)
    assert [fact.code for fact in evidence.of(Item.objects.get()).facts] == ["reading"]
