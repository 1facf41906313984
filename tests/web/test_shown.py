"""How evidence is shown: long conversations folded, changes piece by piece, facts and reasons in words."""

from __future__ import annotations

from annotation import taxonomy
from annotation.lib import changes
from annotation.lib.changes import Change
from annotation.lib.evidence import Fact
from annotation.lib.messages import Message
from annotation.models import Feature
from annotation.web import shown


def _said(*texts: str) -> list[Message]:
    roles = ["user", "assistant"] * len(texts)
    return [{"role": role, "content": text} for role, text in zip(roles, texts, strict=False)]


def test_only_the_last_messages_of_a_conversation_are_open() -> None:
    assert shown._first_open(_said(*"abcdefgh")) == 5
    assert shown._first_open(_said("a", "b")) == 0
    assert shown._first_open(_said("a", "b" * 5000, "c")) == 2
    assert shown._first_open(_said("a" * 5000)) == 0


def test_instructions_to_the_model_are_folded() -> None:
    before: list[Message] = [{"role": "system", "content": "Be brief."}, *_said("hello")]
    assert shown._first_open(before) == 1


def test_reasons_stand_by_outcome_and_keep_their_order(feature: Feature) -> None:
    reasons = list(taxonomy.reasons(version=taxonomy.current(), kind="accepted"))
    groups = shown.groups(reasons)
    assert [group.outcome for group in groups] == ["good", "bad", "not_about_model", "unknowable"]
    for group in groups:
        positions = [reason.position for reason in group.reasons]
        assert positions == sorted(positions)


def test_an_unknown_kind_of_signal_has_a_headline_too() -> None:
    assert "saved_for_later" in str(shown.headline("saved_for_later"))


def test_a_fact_is_said_as_the_room_of_evidence_says_it() -> None:
    fact = Fact("messages", {"count": 3})
    assert shown.sentence(fact) == fact.sentence


def test_a_quote_from_right_to_left_keeps_the_order_of_the_sentence_around_it() -> None:
    assert "\u2068شكرا جزيلا\u2069" in shown.sentence(Fact("next_words", {"quote": "شكرا جزيلا"}))  # noqa: RUF001


def test_what_was_moved_stands_once_and_is_marked_where_it_stood() -> None:
    first, second = "We ship on Monday.", "The invoice follows by mail within two weeks."
    pieces = list(shown._pieces(changes.diff(f"{first} {second} Bye.", f"{second} {first} Bye.")))
    away, here = (one for one in pieces if one.kind.startswith("moved"))
    assert (away.kind, away.is_down, away.words) == ("moved_away", True, 4)
    assert (here.kind, here.text.strip()) == ("moved_here", first)


def test_a_moved_text_is_named_by_its_first_words() -> None:
    text = "one two three four five six seven eight nine ten"
    pieces = list(shown._pieces([Change("moved_away", text, 1), Change("moved_here", text, 1)]))
    assert pieces[0].text == "one two three four five six…"


def test_what_stayed_the_same_for_long_is_folded_between_changes_but_for_its_ends() -> None:
    same = "word " * 1000
    only, first, middle, last = (
        list(shown._pieces(changes))
        for changes in (
            [Change("equal", same)],
            [Change("equal", same), Change("insert", "x")],
            [Change("insert", "x"), Change("equal", same), Change("insert", "x")],
            [Change("insert", "x"), Change("equal", same)],
        )
    )
    assert [len(one[0].text) for one in (only, first)] == [0, 0]
    ends = range(shown.SAME_ENDS - 6, shown.SAME_ENDS + 1)
    assert len(middle[1].text) in ends
    assert len(middle[1].tail) in ends
    assert (len(last[1].text) in ends, last[1].tail) == (True, "")
    for found in (only, first, middle, last):
        (piece,) = (one for one in found if one.kind == "equal")
        assert piece.text + piece.hidden + piece.tail == same


def test_line_ends_are_not_marked_beside_words_and_have_a_sign_where_they_alone_changed() -> None:
    def marks(before: str, after: str) -> list[tuple[str, str, str, str]]:
        pieces = shown._pieces(changes.diff(before, after))
        return [(one.kind, one.lead, one.text, one.tail) for one in pieces if one.kind != "equal"]

    assert marks("a\n\nold line\n\nb", "a\n\nb") == [("delete", "\n\n", "old line", "")]
    assert marks("a b", "a\n\nb") == [("delete", "", " ", ""), ("insert", "", "¶¶", "\n\n")]
    assert marks("a\nb", "a b") == [("delete", "", "¶", ""), ("insert", "", " ", "")]
