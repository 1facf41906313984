"""What is gathered about one item, from all that is stored around it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from annotation.ingest import evidence
from annotation.models import Feature, Interaction, InteractionContent, Item, Signal, SignalContent
from tests import stock
from tests.cast import NOW


def _item(feature: Feature, *, minute: int = 0, conversation: str | None = "c1", **content: Any) -> Item:
    (item,) = stock.items(feature, 1)
    Interaction.objects.filter(pk=item.interaction_id).update(
        conversation_id=conversation, occurred_at=NOW + timedelta(minutes=minute)
    )
    Signal.objects.filter(pk=item.signal_id).update(observed_at=NOW + timedelta(minutes=minute, seconds=5))
    InteractionContent.objects.filter(pk=item.interaction_id).update(**content)
    return item


def _codes(item: Item) -> set[str]:
    return {fact.code for fact in evidence.of(item).facts}


def test_a_plain_input_is_shown_after_what_came_before_it(feature: Feature) -> None:
    _item(feature, minute=0, input="first question", output="first answer")
    found = evidence.of(_item(feature, minute=1, input="second question", output="second answer"))
    assert [message["content"] for message in found.before] == ["first question", "first answer", "second question"]


def test_sent_messages_are_shown_as_sent(feature: Feature) -> None:
    _item(feature, minute=0, input="first question", output="first answer")
    sent = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "second question"}]
    assert evidence.of(_item(feature, minute=1, input=sent, output="x")).before == sent


def test_what_came_after_is_told(feature: Feature) -> None:
    item = _item(feature, minute=0, input="question", output="answer")
    _item(feature, minute=3, input="not what I asked", output="sorry")
    found = evidence.of(item)
    assert [(turn.user_text, turn.answer_text) for turn in found.later] == [("not what I asked", "sorry")]
    assert "wrote_again" in _codes(item)


def test_without_a_conversation_nothing_is_said_of_what_came_after(feature: Feature) -> None:
    item = _item(feature, conversation=None, input="q", output="a")
    assert not {"nothing_else", "wrote_again"} & _codes(item)


def test_a_later_result_of_the_same_interaction_is_evidence(feature: Feature) -> None:
    item = _item(feature, input="q", output="a")
    later = Signal.objects.create(
        interaction_id=item.interaction_id,
        external_id="s-2",
        kind="later_result",
        observed_at=NOW + timedelta(days=1),
        ingested_at=NOW + timedelta(days=1),
    )
    SignalContent.objects.create(signal=later, details={"name": "reverted"})
    (told,) = (fact for fact in evidence.of(item).facts if fact.code == "later_named")
    assert told.figures["name"] == "reverted"


def test_the_answer_that_was_made_instead_is_found(feature: Feature) -> None:
    item = _item(feature, input="q", output="a first try")
    again = _item(feature, minute=1, input="q", output="a second try")
    replaced = Interaction.objects.get(pk=item.interaction_id).external_id
    Interaction.objects.filter(pk=again.interaction_id).update(replaces=replaced)
    assert evidence.of(item).instead == "a second try"
    assert evidence.of(again).earlier_answer == "a first try"


def test_changes_are_told_only_where_something_changed(feature: Feature) -> None:
    changed = evidence.of(_item(feature, input="q", output="at nine", final_text="at ten")).changes or []
    assert [change.text for change in changed if change.kind == "insert"] == ["ten"]
    assert evidence.of(_item(feature, input="q", output="same", final_text="same")).changes is None
    assert evidence.of(_item(feature, input="q", output="unknown")).changes is None


def test_another_features_conversation_of_the_same_name_is_not_read(feature: Feature) -> None:
    other = stock.feature("other")
    _item(other, minute=5, input="secret", output="secret")
    found = evidence.of(_item(feature, minute=0, input="q", output="a"))
    assert found.later == []


def test_an_item_whose_texts_were_erased_is_empty(feature: Feature) -> None:
    item = _item(feature, input="q", output="a")
    SignalContent.objects.filter(pk=item.signal_id).delete()
    InteractionContent.objects.filter(pk=item.interaction_id).delete()
    found = evidence.of(item)
    assert (found.answer_text, found.final_text, list(found.before)) == ("", None, [])
