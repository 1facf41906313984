"""What is told about one item: at once from its record alone, and anew whenever more becomes known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.ingest import evidence, gathering, store
from annotation.models import Evidence, EvidenceDue, Feature, InteractionContent, Item, Label, SignalContent, User
from tests import stock
from tests.cast import NOW
from tests.ingest.sent import interaction, later, signal
from tests.web import pages


def _send(*records: dict[str, Any]) -> None:
    outcome = store.interactions(records=list(enumerate(records)), now=NOW)
    assert not outcome.refused, outcome.refused


def _turn(name: str, minute: int, *, kind: str | None = "accepted", **changes: Any) -> dict[str, Any]:
    moment = {"occurred_at": f"2026-03-02T08:{minute:02}:00Z", "conversation_id": "c1"}
    signals = [signal(kind, observed_at=f"2026-03-02T08:{minute:02}:05Z")] if kind else None
    return interaction(name, signals=signals, **(moment | changes))


def _gather() -> None:
    while gathering.refresh(now=NOW + timedelta(hours=1)):
        pass


def _item(name: str = "gen_1", **filters: Any) -> Item:
    return Item.objects.get(interaction__external_id=name, **filters)


def _told(name: str = "gen_1") -> evidence.Evidence:
    return evidence.of(_item(name))


def _codes(name: str = "gen_1") -> set[str]:
    return {fact.code for fact in _told(name).facts}


def test_what_the_record_alone_tells_is_there_at_once(feature: Feature) -> None:
    details = {"dwell_ms": 1200, "comment": "just right"}
    _send(interaction(signals=[signal(details=details)], final_text="Dear Ann, thank you."))
    assert [fact.code for fact in _told().facts] == ["accepted_after", "kept", "comment"]
    assert _told().facts[0].figures["after"] == 1.2
    assert _told().version == 1
    assert not EvidenceDue.objects.exists(), "nothing more can be told of it"


def test_a_late_signal_has_its_first_evidence_at_once(feature: Feature) -> None:
    _send(interaction())
    store.signals(records=[(0, later(observed_at="2026-03-02T08:00:09Z"))], now=NOW)
    assert _told().facts[0].figures["after"] == 9


def test_a_signal_that_waited_has_its_first_evidence_at_once(feature: Feature) -> None:
    store.signals(records=[(0, later(observed_at="2026-03-02T08:00:09Z"))], now=NOW)
    _send(interaction())
    assert _told().facts[0].figures["after"] == 9


def test_no_evidence_is_computed_in_the_request(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    _send(_turn("gen_1", 0, final_text="Dear Ann, bye."), _turn("gen_2", 3))
    _gather()

    def computed(*_: object) -> None:
        raise AssertionError("computed in the request")

    for name in ("facts", "first_facts"):
        monkeypatch.setattr(f"annotation.lib.evidence.{name}", computed)
    monkeypatch.setattr("annotation.lib.changes.diff", computed)
    found = _told()
    assert found.facts
    assert found.changes


def test_a_plain_input_is_shown_after_what_came_before_it(feature: Feature) -> None:
    _send(_turn("gen_0", 0, input="first question", output="first answer"), _turn("gen_1", 1, input="second question"))
    assert [message["content"] for message in _told().before] == ["first question", "first answer", "second question"]


def test_sent_messages_are_shown_as_sent(feature: Feature) -> None:
    sent = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "second question"}]
    _send(_turn("gen_0", 0, input="first question"), _turn("gen_1", 1, input=sent))
    assert _told().before == sent


def test_a_later_turn_makes_a_new_version(feature: Feature) -> None:
    _send(_turn("gen_1", 0, input="question", output="answer"))
    _gather()
    assert "nothing_else" in _codes()
    first = _told().version
    _send(_turn("gen_2", 3, input="not what I asked", output="sorry"))
    assert _told().version == first, "told by the worker, not by the sender's request"
    _gather()
    assert _told().version == first + 1 == _item().evidence_version
    assert "wrote_again" in _codes()
    assert [(turn.user_text, turn.answer_text) for turn in _told().later] == [("not what I asked", "sorry")]


def test_versions_are_kept_as_they_were_seen(feature: Feature) -> None:
    _send(_turn("gen_1", 0))
    _gather()
    _send(_turn("gen_2", 3))
    _gather()
    facts = dict(Evidence.objects.filter(signal=_item().signal).values_list("version", "facts"))
    assert [code for code, _ in facts[2]][-1] == "nothing_else"
    assert "nothing_else" not in [code for code, _ in facts[3]]


def test_evidence_that_says_the_same_makes_no_version(feature: Feature) -> None:
    _send(_turn("gen_1", 0), _turn("gen_2", 3))
    _gather()
    count = Evidence.objects.count()
    EvidenceDue.objects.create(interaction=_item("gen_2").interaction, due_at=NOW)
    _gather()
    assert Evidence.objects.count() == count


def test_turns_that_come_out_of_order_find_each_other(feature: Feature) -> None:
    _send(_turn("gen_2", 3))
    _send(_turn("gen_1", 0))
    _gather()
    assert "sent_again" in _codes("gen_1")
    assert _told("gen_1").later
    assert "nothing_else" not in _codes("gen_1")


def test_without_a_conversation_nothing_is_said_of_what_came_after(feature: Feature) -> None:
    _send(interaction(signals=[signal()]))
    _gather()
    assert not {"nothing_else", "wrote_again"} & _codes()


def test_a_later_result_attaches_to_the_turns_that_led_to_it(feature: Feature) -> None:
    _send(_turn("gen_1", 0), _turn("gen_2", 3, kind=None))
    _gather()
    result = later("gen_2", "later_result", observed_at="2026-03-02T08:30:00Z", details={"name": "came_back"})
    store.signals(records=[(0, result)], now=NOW)
    _gather()
    (told,) = (fact for fact in _told("gen_1").facts if fact.code == "later_named")
    assert told.figures["name"] == "came_back"
    assert not Item.objects.filter(signal_kind="later_result").exists()


def test_the_answer_that_was_made_instead_is_found(feature: Feature) -> None:
    _send(interaction("gen_1", output="a first try", signals=[signal("regenerated")]))
    _gather()
    again = interaction("gen_2", output="a second try", replaces="gen_1", signals=[signal()])
    _send(again)
    _gather()
    assert _told("gen_1").instead == "a second try"
    assert "instead" in _codes("gen_1")
    assert _told("gen_2").earlier_answer == "a first try"


def _figures(code: str, name: str = "gen_1") -> dict[str, Any]:
    (told,) = (fact for fact in _told(name).facts if fact.code == code)
    return told.figures


def test_what_became_of_the_answer_made_instead_is_told(feature: Feature) -> None:
    asked = {"input": "Write to Ann."}
    _send(interaction("gen_1", output="a first try", signals=[signal("regenerated")], **asked))
    liked = [signal("thumbs_up", observed_at="2026-03-02T08:02:00Z")]
    _send(interaction("gen_2", output="a second try", replaces="gen_1", signals=liked, input="Write to Ann, please."))
    _gather()
    assert _figures("instead_other_question")["same"] == pytest.approx(2 / 3, abs=0.2)
    assert _figures("instead_signal")["kind"] == "thumbs_up"
    assert "another_try" not in _codes("gen_1") | _codes("gen_2")
    _send(interaction("gen_3", output="a third try", replaces="gen_2", signals=[signal("regenerated")]))
    _gather()
    assert "another_try" in _codes("gen_3")


def test_the_answer_made_instead_is_no_later_turn(feature: Feature) -> None:
    _send(_turn("gen_1", 0, kind="regenerated"), _turn("gen_2", 1, replaces="gen_1"))
    _gather()
    assert "instead" in _codes()
    assert not {"sent_again", "later_signal"} & _codes()


def test_coming_back_in_another_conversation_changes_the_evidence_of_the_last_answer(feature: Feature) -> None:
    mine = {"user_key": "u-1", "input": "How do I reset it?"}
    _send(_turn("gen_1", 0, **mine), _turn("gen_2", 3, kind="abandoned", **mine))
    _send(_turn("other", 4, conversation_id="c9", user_key="u-2"))
    _gather()
    assert "came_back_asking" not in _codes("gen_2")
    _send(_turn("gen_3", 50, conversation_id="c2", **mine))
    _gather()
    assert _figures("came_back_asking", "gen_2") == {"after": 47 * 60, "same": 1.0}
    assert "came_back_asking" not in _codes("gen_1"), "the conversation went on"
    assert "came_back_asking" not in _codes("gen_3")


def test_which_answer_of_a_choice_was_taken_is_told_about_the_others(feature: Feature) -> None:
    def shown(name: str, rank: int, kind: str) -> dict[str, Any]:
        exposure = {"set_id": "s1", "rank": rank, "of": 3}
        return interaction(name, exposure=exposure, signals=[signal(kind)], conversation_id=None)

    _send(shown("gen_1", 1, "dismissed"))
    _gather()
    assert "taken_rank" not in _codes()
    _send(shown("gen_2", 2, "dismissed"), shown("gen_3", 3, "accepted"))
    _gather()
    for name in ("gen_1", "gen_2"):
        assert _figures("taken_rank", name) == {"rank": 3, "kind": "accepted"}
    assert not {"taken_rank", "none_taken"} & _codes("gen_3")


def test_another_features_choice_of_the_same_name_is_not_read(feature: Feature) -> None:
    stock.feature("other")
    exposure = {"set_id": "s1", "rank": 1, "of": 2}
    _send(interaction("gen_1", exposure=exposure, signals=[signal("dismissed")]))
    _send(interaction("gen_2", feature="other", exposure=exposure, signals=[signal()]))
    _gather()
    assert not {"taken_rank", "none_taken"} & _codes()


def test_what_the_user_does_each_time_is_told(feature: Feature) -> None:
    kinds = ["thumbs_up", "thumbs_up", "accepted", "thumbs_up", "thumbs_up"]
    _send(*(_turn(f"gen_{n}", n, kind=kind, user_key="u-1", conversation_id=None) for n, kind in enumerate(kinds)))
    _send(_turn("gen_9", 0, kind="thumbs_up", user_key="u-2", conversation_id=None))
    _gather()
    assert _figures("habit", "gen_4") == {"same": 3, "of": 4}
    assert "habit" not in _codes("gen_1") | _codes("gen_9")


def test_what_tools_gave_stands_beside_the_answer(feature: Feature) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "price", "arguments": "{}"}}
    sent = [
        {"role": "tool", "content": "an older result"},
        {"role": "user", "content": "How much is it?"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "content": "17 euros"},
    ]
    _send(interaction("gen_1", input=sent, output="It is 17 euros.", signals=[signal("thumbs_down")]))
    _gather()
    assert _figures("tools")["words"] == 2
    assert _figures("tools")["same"] == 0.5


def test_a_label_names_the_version_that_was_seen(feature: Feature, annotator: User) -> None:
    _send(_turn("gen_1", 0))
    _gather()
    client = pages.sign_in(annotator)
    shown_now = pages.form(pages.take(client, feature), reason="verified")
    assert shown_now["evidence_version"] == str(_told().version)
    _send(_turn("gen_2", 3))
    _gather()
    client.post(pages.desk(feature, "label"), shown_now, headers=pages.SCRIPT)
    label = Label.objects.get()
    assert label.evidence_version == _told().version - 1
    seen = Evidence.objects.get(signal=label.item.signal, version=label.evidence_version)
    assert [code for code, _ in seen.facts][-1] == "nothing_else"


def test_what_was_moved_is_kept_as_moved(feature: Feature) -> None:
    first, second = "We ship on Monday.", "The invoice follows by mail within two weeks."
    kept = f"{second} {first} Bye."
    _send(interaction("gen_1", output=f"{first} {second} Bye.", final_text=kept, signals=[signal("edited")]))
    _gather()
    moved = [(one.kind, one.text.strip(), one.move) for one in _told().changes or [] if one.kind != "equal"]
    assert sorted(moved) == [("moved_away", first, 1), ("moved_here", first, 1)]


def test_changes_are_told_only_where_something_changed(feature: Feature) -> None:
    _send(
        interaction("gen_1", output="at nine", final_text="at ten", signals=[signal("edited")]),
        interaction("gen_2", output="same", final_text="same", signals=[signal("edited")]),
        interaction("gen_3", output="unknown", signals=[signal("edited")]),
    )
    _gather()
    assert [change.text for change in _told("gen_1").changes or [] if change.kind == "insert"] == ["ten"]
    assert _told("gen_2").changes is None
    assert _told("gen_3").changes is None


def test_another_features_conversation_of_the_same_name_is_not_read(feature: Feature) -> None:
    stock.feature("other")
    _send(_turn("gen_1", 0), _turn("gen_2", 5, feature="other", input="secret", output="secret"))
    _gather()
    assert _told("gen_1").later == []
    assert "nothing_else" in _codes("gen_1")


def test_an_item_whose_texts_were_erased_is_empty(feature: Feature) -> None:
    _send(interaction(signals=[signal()]))
    item = _item()
    SignalContent.objects.filter(pk=item.signal_id).delete()
    InteractionContent.objects.filter(pk=item.interaction_id).delete()
    found = evidence.of(item)
    assert (found.answer_text, found.final_text, list(found.before), list(found.facts)) == ("", None, [], [])


def test_bells_of_erased_interactions_end(feature: Feature) -> None:
    _send(_turn("gen_1", 0))
    InteractionContent.objects.all().delete()
    _gather()
    assert not EvidenceDue.objects.exists()


def test_a_batch_takes_few_statements_whatever_its_size(feature: Feature) -> None:
    def statements(first: int, turns: int) -> int:
        _send(*(_turn(f"gen_{first + number}", number % 60, input="q") for number in range(turns)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert gathering.refresh(now=NOW)
        return len(queries)

    assert statements(100, 3) == statements(200, 50)
