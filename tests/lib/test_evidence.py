import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import evidence, sentences
from annotation.lib.evidence import Case, OtherSignal, Turn

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
    exposure: Mapping[str, object] | None = None,
    replaced_by: str | None = None,
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
        exposure=exposure,
        replaced_by=replaced_by,
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
            ["7 % of the words were changed: 1 removed, 1 added.", "Numbers: 1 removed, 1 added."],
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
        "Later: thumbs_down after 3 min.",
        "Later: later_result “came back within 7 days” after 2 days.",
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
    assert told("regenerated", output="one two three four", replaced_by="one two")[1] == (
        "Words: 4 in this answer, 2 in the one made instead; 67 % are the same."
    )


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0 %"), (0.004, "<1 %"), (0.315, "32 %"), (0.999, ">99 %"), (1, "100 %")]
)
def test_a_share_that_is_neither_none_nor_all_never_looks_so(share: float, said: str) -> None:
    assert sentences.percent(share) == said


@pytest.mark.parametrize("code", sentences.SENTENCES)
def test_each_template_names_only_figures_and_known_formats(code: str) -> None:
    for _, name, spec, conversion in string.Formatter().parse(sentences.SENTENCES[code]):
        assert name is None or name.isidentifier()
        assert spec in (None, "", "span", "percent")
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
    replaced_by=st.none() | st.text(),
)
def test_no_record_is_too_strange_to_be_told(**record: object) -> None:
    said = told(**record)  # type: ignore[arg-type]
    assert all(sentence.strip() for sentence in said)
