import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import evidence, sentences
from annotation.lib.evidence import Case, Habit, Instead, OtherSignal, Turn

SHOWN = datetime(2026, 5, 5, 10, 11, 12, tzinfo=UTC)
QUEUED_KINDS = [
    *("accepted", "edited", "abandoned", "regenerated", "dismissed"),
    *("copied", "thumbs_up", "thumbs_down", "escalated", "no_signal"),
]
ANSWER = "word " * 120


def at(seconds: float) -> datetime:
    return SHOWN + timedelta(seconds=seconds)


def told(
    kind: str,
    *,
    after: float = 1.2,
    output: str = ANSWER,
    final_text: str | None = None,
    details: Mapping[str, object] | None = None,
    later: Sequence[Turn] | None = None,
    later_signals: Sequence[OtherSignal] = (),
    earlier: Sequence[str] = (),
    **more: Any,
) -> list[str]:
    """The sentences about a case; without a conversation, unless `later` says what came in it."""
    case = Case(
        kind=kind,
        occurred_at=SHOWN,
        observed_at=at(after),
        output=output,
        final_text=final_text,
        details=details or {},
        later=later,
        later_signals=later_signals,
        earlier_user_texts=earlier,
        **more,
    )
    return [fact.sentence for fact in evidence.facts(case)]


def test_time_to_act_stands_beside_the_time_to_read() -> None:
    assert told("accepted", output="word " * 159) == [
        "Accepted 1.2 s after it appeared; reading it takes about 40 s at 238 words a minute."
    ]


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"dwell_ms": 2100, "visible_ms": 9000}, "2.1 s"),
        ({"visible_ms": 9000.0}, "9 s"),
        ({"dwell_ms": "2100", "visible_ms": True}, "20 min"),
        ({"dwell_ms": -1}, "20 min"),
        ({"dwell_ms": float("inf"), "visible_ms": 10**400}, "20 min"),
        ({"dwell_ms": float("nan")}, "20 min"),
    ],
)
def test_the_time_on_screen_is_used_where_it_is_known(details: dict[str, object], said: str) -> None:
    (sentence,) = told("dismissed", after=1200, details=details)
    assert sentence.startswith(f"Dismissed {said} after it appeared;")


def test_a_kind_that_is_not_known_has_its_timing_too() -> None:
    assert told("shared")[0].startswith("The signal came 1.2 s after it appeared; reading it takes")


def test_an_answer_without_text_has_no_reading_time() -> None:
    assert told("accepted", output="") == ["That was 1.2 s after it appeared."]
    assert told("no_signal", output="") == []
    assert told("no_signal") == ["Reading it takes about 30 s at 238 words a minute."]


def test_a_signal_dated_before_its_answer_shows_that_a_clock_is_wrong() -> None:
    assert told("accepted", after=-3) == ["The signal is dated 3 s before the answer: one of the clocks is wrong."]


DRAFT = "Dear Ann, your order 17 ships on Monday, and we thank you for it."


@pytest.mark.parametrize(
    ("final_text", "sentences_said"),
    [
        (DRAFT, ["Kept word for word."]),
        ("  ", ["Nothing of it was kept."]),
        (DRAFT.replace(",", " \u2013").upper(), ["Only spaces, punctuation or capitals were changed."]),
        (DRAFT.replace("Monday", "Tuesday"), ["7 % of the words were changed: 1 removed, 1 added."]),
        (
            DRAFT.replace("17", "18"),
            ["7 % of the words were changed: 1 removed, 1 added.", "Numbers removed: 17; added: 18."],
        ),
        (
            "Dear Ann, your order 17 ships on Monday.",
            ["50 % of the words were changed: 6 removed, 0 added.", "Length in words: 14 before, 8 after."],
        ),
    ],
)
def test_what_was_kept_is_compared_with_what_was_offered(final_text: str, sentences_said: list[str]) -> None:
    assert told("edited", output=DRAFT, final_text=final_text)[:-1] == sentences_said


def test_an_edit_whose_text_was_not_sent_says_so() -> None:
    assert "The text that was kept was not sent." in told("edited")
    assert "The text that was kept was not sent." not in told("accepted")


def test_the_share_of_changed_words_never_passes_all_of_them() -> None:
    fact = evidence.facts(
        Case(kind="edited", occurred_at=SHOWN, observed_at=at(9), output="a b c d e f", final_text="x", later=None)
    )[0]
    assert fact.sentence == "100 % of the words were changed: 6 removed, 1 added."
    assert fact.figures == {"share": 1.0, "removed": 6, "added": 1, "edit_rate": 6.0}


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"text": "word " * 38}, "Copied 38 of 120 words (32 %)."),
        ({"text": ANSWER.strip()}, "All of it was copied."),
        ({"chars": 150}, "Copied 150 of 600 characters (25 %)."),
        ({"chars": 9999}, "Copied 600 of 600 characters (100 %)."),
    ],
)
def test_how_much_was_copied_is_said(details: dict[str, object], said: str) -> None:
    assert told("copied", details=details)[0] == said


@pytest.mark.parametrize("details", [{}, {"text": " "}, {"chars": 0}, {"chars": True}, {"chars": "9"}])
def test_what_is_not_known_about_a_copy_is_not_said(details: dict[str, object]) -> None:
    assert len(told("copied", details=details)) == 1


QUESTION = "How do I reset the password of my phone?"


def test_a_question_asked_again_is_recognized_by_its_words() -> None:
    turns = [Turn(at(600), "thanks", "Welcome."), Turn(at(20), "How do I reset the password of my old phone?", "…")]
    assert told("thumbs_down", earlier=[QUESTION], later=turns)[1:] == [
        "The user wrote again 20 s after this answer: 95 % the same words as before.",
        "Then the user wrote: “How do I reset the password of my old phone?”",
        "The conversation went on until 10 min after this answer; later messages of the user: 2.",
    ]


def test_the_same_words_sent_again_are_said_once() -> None:
    again = [Turn(at(20), f"  {QUESTION}\n", "…")]
    assert told("regenerated", earlier=[QUESTION], later=again)[1:] == [
        "The user sent the same words again 20 s after this answer."
    ]


def test_without_earlier_words_nothing_is_compared() -> None:
    assert told("accepted", later=[Turn(at(20), "thanks", "")])[1:] == [
        "The user wrote again 20 s after this answer.",
        "Then the user wrote: “thanks”",
        "Words of thanks in it: “thanks”.",
    ]


def test_silence_after_the_answer_is_evidence_only_where_there_is_a_conversation() -> None:
    assert told("abandoned", later=[])[1:] == ["Nothing else came in this conversation."]
    assert told("abandoned", later=None)[1:] == []
    signals = [OtherSignal("copied", at(60))]
    assert told("abandoned", later=[], later_signals=signals)[1:] == [
        "The user wrote nothing more in this conversation.",
        "Later: copied after 59 s.",
    ]


def test_other_signals_are_told_in_order_of_time() -> None:
    signals = [
        OtherSignal("later_result", at(2 * 86_400 + 1.2), "came back within 7 days"),
        OtherSignal("thumbs_down", at(181.2)),
        OtherSignal("copied", at(0.2)),
    ]
    assert told("accepted", later_signals=signals)[1:] == [
        "Before: copied, 1 s earlier.",
        "Later: thumbs down after 3 min.",
        "After 2 days: later result “came back within 7 days”.",
    ]


def test_many_signals_are_counted_and_not_listed() -> None:
    signals = [OtherSignal("copied", at(10 + number)) for number in range(evidence.MAX_SIGNALS + 3)]
    assert told("accepted", later_signals=signals)[-1] == "Further signals: 3."
    assert len(told("accepted", later_signals=signals)) == 1 + evidence.MAX_SIGNALS + 1


@pytest.mark.parametrize(
    ("exposure", "said"),
    [
        ({"rank": 2, "of": 3}, ["Shown as number 2 of 3."]),
        ({"rank": 1, "of": 1}, ["Shown alone: there was nothing else to choose."]),
        ({"rank": "2", "of": 3}, []),
        ({}, []),
    ],
)
def test_the_place_among_choices_is_said(exposure: dict[str, object], said: list[str]) -> None:
    assert told("accepted", exposure=exposure)[1:] == said


def test_the_users_own_words_are_quoted_shortened_and_in_one_line() -> None:
    details = {"comment": "It is\n  wrong. " + "x" * 400, "reason": "", "feedback": 3}
    comment, _ = told("thumbs_down", details=details)
    assert comment.startswith("The user's comment: “It is wrong. xxx")
    assert comment.endswith("x…”")
    assert len(comment) == evidence.MAX_QUOTE + len("The user's comment: “”")


def test_waiting_an_open_question_and_asking_in_vain_tell_why_somebody_left() -> None:
    earlier = [QUESTION, "Something else", "And how do I reset the password of my phone?"]
    said = told("abandoned", output="Which phone is it?", details={"latency_ms": 12_000}, earlier=earlier)
    assert said[1:] == [
        "The answer took 12 s to come.",
        "The answer ends with a question.",
        "The user had asked nearly the same before: 95 % the same words.",
        "Messages of the user up to this answer: 3.",
    ]


def test_the_answer_made_instead_is_compared() -> None:
    assert told("regenerated", output="one two three four", instead=Instead(text="one two"))[1] == (
        "Words: 4 in this answer, 2 in the one made instead; 67 % are the same."
    )


def test_the_answer_made_instead_tells_whether_the_question_was_mended_and_what_became_of_it() -> None:
    signals = [OtherSignal("thumbs_up", at(90))]
    same = Instead(text="three", asked=f" {QUESTION}", signals=signals)
    assert told("regenerated", earlier=[QUESTION], instead=same)[2:] == [
        "It was made for the same question.",
        "The answer made instead: thumbs up, 90 s after this answer.",
    ]
    other = Instead(text="three", asked="How do I reset the password of my laptop?")
    assert told("regenerated", earlier=[QUESTION], instead=other)[2:] == [
        "The question was changed for it: 89 % the same words."
    ]
    assert "This answer itself was made instead of an earlier one." in told("regenerated", is_another_try=True)


def test_what_was_moved_is_told_once_and_is_no_change_of_words() -> None:
    first, second, last = "We ship on Monday.", "The invoice follows by mail within two weeks.", "Thank you!"
    moved = "Words moved elsewhere and left as they were: 4; pieces: 1."
    said = told("edited", output=f"{first} {second} {last}", final_text=f"{second} {first} {last}")
    assert said[0] == moved
    assert not any("were changed" in sentence for sentence in said)
    said = told("edited", output=f"{first} {second} {last}", final_text=f"{second} {first} Bye!")
    assert said[:2] == ["14 % of the words were changed: 2 removed, 1 added.", moved]


EDITS = {
    "a fact": ("It costs 17 euros in 2 shops.", "It costs 18 euros in 2 shops.", "Numbers removed: 17; added: 18."),
    "many facts": ("1 2 3 4 5 apples", "6 7 8 9 10 apples", "Numbers: 5 removed, 5 added."),
    "spelling": (
        "We recieve your lettre soon",
        "We receive your letter soon",
        "Words replaced: 2; in 2 of them only a letter or two changed.",
    ),
    "layout": ("One. Two. Three.", "- One\n- Two\n- Three", "Lines with text: 1 before, 3 after."),
    "unsafe": (
        "Write to ann@example.com at once",
        "Write to Ann at once",
        "Addresses, phone, card and account numbers: 1 removed, 0 added.",
    ),
    "private": (
        "Write to us",
        "Write to me@example.com",
        "Addresses, phone, card and account numbers: 0 removed, 1 added.",
    ),
    "links": ("See the page", "See the page https://example.com/a", "Links: 0 removed, 1 added."),
    "asked for": (
        "Dear Ann",
        "Dear Ann, bring the blue folder",
        "New words: 4; the user had written 3 of them before.",
    ),
    "trimmed": ("a b c d e f g h i j", "a b c", "Length in words: 10 before, 3 after."),
}


@pytest.mark.parametrize(("before", "after", "said"), EDITS.values(), ids=EDITS)
def test_the_sort_of_an_edit_is_told_by_figures(before: str, after: str, said: str) -> None:
    earlier = ["Ask her for the blue folder."]
    assert said in told("edited", output=before, final_text=after, earlier=earlier)


def test_another_word_of_few_letters_is_no_slip_of_the_pen() -> None:
    for before, after in [("do it now", "do it not"), ("on Monday then", "on Friday then"), ("今天很好", "今天不好")]:
        assert not any("letter" in sentence for sentence in told("edited", output=before, final_text=after))


def test_refusing_and_not_knowing_are_told_by_the_words_that_say_so() -> None:
    refused = told("thumbs_down", output="I'm sorry, but I can\u2019t help with that.")
    assert "Words of refusal in the answer: “I can\u2019t help”." in refused
    unknown = told("thumbs_down", output="I don't have information about this product.")
    assert "Words in the answer that say it doesn't know: “I don't have information”." in unknown


def test_how_much_of_an_answer_stands_in_what_tools_gave_is_told() -> None:
    results = ['{"price":129.0}', "the end"]
    said = told("thumbs_down", output="The price is 129.00, not 119.", tool_results=results)
    assert said[1:] == [
        "Words in the results of tools: 3; 50 % of the answer's words stand there.",
        "Numbers in the answer: 2; of them in the results of tools: 1.",
    ]


def test_a_habit_is_told_from_a_few_answers_on() -> None:
    assert (
        told("thumbs_up", habit=Habit(same=19, of=20))[1]
        == "The same signal came from this user on 19 of the 20 answers before."
    )
    assert len(told("thumbs_up", habit=Habit(same=2, of=2))) == 1


def test_a_complaint_or_a_wish_for_a_person_before_and_after_the_answer_is_quoted() -> None:
    said = told("escalated", earlier=["That's wrong. Can I talk to a human?"])
    assert said[1:3] == [
        "Words of complaint in what the user had written: “That's wrong”.",
        "Words that ask for a person in what the user had written: “talk to a human”.",
    ]
    said = told("accepted", later=[Turn(at(9), "Das ist falsch!", "")])
    assert "Words of complaint in it: “Das ist falsch”." in said


def test_the_length_of_a_conversation_is_told_where_its_start_is_known() -> None:
    said = told("escalated", earlier=["one", "two"], began_at=at(-1500))
    assert "Messages of the user up to this answer: 2, 25 min after the first answer." in said


def test_the_time_to_return_is_told_with_what_was_asked_again() -> None:
    back = Turn(at(86_400 * 3), "How do I reset the password of my old phone?", "")
    assert told("abandoned", earlier=[QUESTION], later=[], came_back=back)[-1] == (
        "The user came back 3 days after this answer, in another conversation: 95 % the same words as before."
    )
    assert told("abandoned", came_back=back)[-1] == (
        "The user came back 3 days after this answer, in another conversation."
    )


def test_which_of_those_shown_was_taken_is_told() -> None:
    exposure = {"rank": 1, "of": 3}
    others = [OtherSignal("accepted", at(4), rank=3), OtherSignal("dismissed", at(2), rank=2)]
    assert told("dismissed", exposure=exposure, shown_together=others)[1:] == [
        "Shown as number 1 of 3.",
        "Number 3 of those shown was taken: accepted.",
    ]
    assert told("dismissed", exposure=exposure, shown_together=others[1:])[2:] == [
        "None of the others shown is known to have been taken."
    ]
    assert told("accepted", exposure=exposure, shown_together=[])[2:] == []
    assert told("dismissed", shown_together=[OtherSignal("copied", at(4))])[1:] == [
        "Another one of those shown was taken: copied."
    ]


@pytest.mark.parametrize(
    ("output", "ended_by", "said"),
    [
        ("Once upon", "length", ["The model stopped by itself or was stopped for this reason: “length”."]),
        ("Done.", "STOP", []),
        ("Done.", None, []),
        ("```python\nprint(", None, ["A code block of the answer has no end."]),
        ("```python\nprint(1)\n```", None, []),
    ],
)
def test_an_answer_that_was_cut_short_shows_it(output: str, ended_by: str | None, said: list[str]) -> None:
    assert told("regenerated", output=output, ended_by=ended_by)[1:] == said


def test_whatever_is_told_at_once_is_told_later_too() -> None:
    for kind in [*QUEUED_KINDS, "shared"]:
        details = {"dwell_ms": 900, "latency_ms": 10, "comment": "no", "text": "word"}
        case = Case(kind=kind, occurred_at=SHOWN, observed_at=at(1), output=ANSWER, details=details, later=None)
        first = evidence.first_facts(case)
        assert [fact for fact in evidence.facts(case) if fact in first] == first


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0 %"), (0.004, "<1 %"), (0.315, "32 %"), (0.999, ">99 %"), (1, "100 %")]
)
def test_a_share_that_is_neither_none_nor_all_never_looks_so(share: float, said: str) -> None:
    assert sentences.percent(share) == said


@pytest.mark.parametrize("code", sentences.SENTENCES)
def test_each_template_names_only_figures_and_known_formats(code: str) -> None:
    for _, name, spec, conversion in string.Formatter().parse(sentences.SENTENCES[code]):
        assert name is None or name.isidentifier()
        assert spec in (None, "", "span", "percent", "kind")
        assert conversion is None


def test_a_translated_template_takes_the_same_figures() -> None:
    template = "Nach {after:span} angenommen ({share:percent})."
    assert sentences.filled(template, {"after": 1.2, "share": 0.5}) == "Nach 1.2 s angenommen (50 %)."


def test_a_users_braces_are_words_like_any_others() -> None:
    assert told("thumbs_down", details={"comment": "{after} {0} %s {"})[0] == "The user's comment: “{after} {0} %s {”"


DETAILS = st.dictionaries(
    st.sampled_from(["dwell_ms", "visible_ms", "latency_ms", "text", "chars", "comment", "reason"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers(), max_size=2),
)


@given(
    kind=st.sampled_from([*QUEUED_KINDS, "shared"]),
    after=st.floats(-1e6, 1e8),
    output=st.text(max_size=40),
    final_text=st.none() | st.text(max_size=40),
    details=DETAILS,
    later=st.none()
    | st.lists(st.builds(Turn, at=st.just(at(9)), user_text=st.text(), answer_text=st.text()), max_size=3),
    exposure=st.none() | st.dictionaries(st.sampled_from(["rank", "of"]), st.none() | st.integers() | st.text()),
    earlier=st.lists(st.text(), max_size=3),
    instead=st.none() | st.builds(Instead, text=st.text(), asked=st.text()),
    came_back=st.none() | st.builds(Turn, at=st.just(at(9)), user_text=st.text(), answer_text=st.text()),
    tool_results=st.lists(st.text(), max_size=2),
    ended_by=st.none() | st.text(min_size=1),
)
def test_no_record_is_too_strange_to_be_told(**record: object) -> None:
    said = told(**record)  # type: ignore[arg-type]
    assert all(sentence.strip() for sentence in said)
