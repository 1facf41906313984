"""The sentences of evidence: templates that figures fill, so that a page can translate the template.

No template needs a singular and a plural: counts stand where both read well.
"""

import string
from collections.abc import Mapping

from annotation.lib import reading

Figure = float | int | str

_READING = "; reading it takes about {reading:span} at {rate} words a minute."

SENTENCES = {
    "clock": "The signal is dated {before:span} before the answer: one of the clocks is wrong.",
    "after": "That was {after:span} after it appeared.",
    "accepted_after": "Accepted {after:span} after it appeared" + _READING,
    "edited_after": "Edited {after:span} after it appeared" + _READING,
    "abandoned_after": "Left {after:span} after it appeared" + _READING,
    "regenerated_after": "Asked for another {after:span} after it appeared" + _READING,
    "dismissed_after": "Dismissed {after:span} after it appeared" + _READING,
    "copied_after": "Copied {after:span} after it appeared" + _READING,
    "thumbs_up_after": "Thumbs up {after:span} after it appeared" + _READING,
    "thumbs_down_after": "Thumbs down {after:span} after it appeared" + _READING,
    "escalated_after": "Escalated {after:span} after it appeared" + _READING,
    "signal_after": "The signal came {after:span} after it appeared" + _READING,
    "derived": "The product sent no signal: Flywheel's rule “{rule}” made this one from what it did send.",
    "reading": "Reading it takes about {reading:span} at {rate} words a minute.",
    "ended_by": "The model stopped by itself or was stopped for this reason: “{name}”.",
    "open_code": "A code block of the answer has no end.",
    "latency": "The answer took {latency:span} to come.",
    "kept": "Kept word for word.",
    "kept_nothing": "Nothing of it was kept.",
    "kept_unknown": "The text that was kept was not sent.",
    "changed_signs": "Only spaces, punctuation or capitals were changed.",
    "changed": "{share:percent} of the words were changed: {removed} removed, {added} added.",
    "moved": "Words moved elsewhere and left as they were: {moved}; pieces: {count}.",
    "spelling": "Words replaced: {replaced}; in {slips} of them only a letter or two changed.",
    "numbers": "Numbers: {removed} removed, {added} added.",
    "numbers_are": "Numbers removed: {removed}; added: {added}.",
    "private": "Addresses, phone, card and account numbers: {removed} removed, {added} added.",
    "links": "Links: {removed} removed, {added} added.",
    "origin": "New words: {added}; the user had written {asked} of them before.",
    "lines": "Lines with text: {before} before, {after} after.",
    "length": "Length in words: {before} before, {after} after.",
    "copied_whole": "All of it was copied.",
    "copied_words": "Copied {copied} of {total} words ({share:percent}).",
    "copied_chars": "Copied {copied} of {total} characters ({share:percent}).",
    "instead": "Words: {before} in this answer, {after} in the one made instead; {same:percent} are the same.",
    "instead_same_question": "It was made for the same question.",
    "instead_other_question": "The question was changed for it: {same:percent} the same words.",
    "instead_signal": "The answer made instead: {kind:kind}, {after:span} after this answer.",
    "another_try": "This answer itself was made instead of an earlier one.",
    "comment": "The user's comment: “{quote}”",
    "ends_with_question": "The answer ends with a question.",
    "messages": "Messages of the user up to this answer: {count}.",
    "messages_since": "Messages of the user up to this answer: {count}, {after:span} after the first answer.",
    "complained": "Words of complaint in what the user had written: “{quote}”.",
    "asked_person": "Words that ask for a person in what the user had written: “{quote}”.",
    "refuses": "Words of refusal in the answer: “{quote}”.",
    "knows_not": "Words in the answer that say it doesn't know: “{quote}”.",
    "tools": "Words in the results of tools: {words}; {same:percent} of the answer's words stand there.",
    "tool_numbers": "Numbers in the answer: {count}; of them in the results of tools: {same}.",
    "habit": "The same signal came from this user on {same} of the {of} answers before.",
    "asked_before": "The user had asked nearly the same before: {same:percent} the same words.",
    "shown_alone": "Shown alone: there was nothing else to choose.",
    "shown_as": "Shown as number {rank} of {of}.",
    "taken": "Another one of those shown was taken: {kind:kind}.",
    "taken_rank": "Number {rank} of those shown was taken: {kind:kind}.",
    "none_taken": "None of the others shown is known to have been taken.",
    "sent_again": "The user sent the same words again {after:span} after this answer.",
    "wrote_again": "The user wrote again {after:span} after this answer: {same:percent} the same words as before.",
    "wrote_next": "The user wrote again {after:span} after this answer.",
    "next_words": "Then the user wrote: “{quote}”",
    "next_thanks": "Words of thanks in it: “{quote}”.",
    "next_complaint": "Words of complaint in it: “{quote}”.",
    "next_person": "Words in it that ask for a person: “{quote}”.",
    "came_back": "The user came back {after:span} after this answer, in another conversation.",
    "came_back_asking": "The user came back {after:span} after this answer, in another conversation: "
    "{same:percent} the same words as before.",
    "went_on": "The conversation went on until {after:span} after this answer; later messages of the user: {count}.",
    "nothing_else": "Nothing else came in this conversation.",
    "nothing_written": "The user wrote nothing more in this conversation.",
    "earlier_signal": "Before: {kind:kind}, {before:span} earlier.",
    "later_signal": "Later: {kind:kind} after {after:span}.",
    "later_named": "After {after:span}: {kind:kind} “{name}”.",
    "more_signals": "Further signals: {count}.",
}
"""The template of each fact by its code. Beside Python's own, formats are `span` (seconds), `percent` (a share)
and `kind` (of a signal)."""


def filled(template: str, figures: Mapping[str, Figure]) -> str:
    """A template of SENTENCES, or its translation, with the figures of a fact."""
    return _FORMATTER.vformat(template, (), figures)


def percent(share: float) -> str:
    """Whole percents of a share from 0 to 1; what is neither none nor all never looks so."""
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{round(100 * share)} %"


def points(difference: float) -> str:
    """A difference of two shares in points, with its sign: +31, or 0."""
    whole = round(100 * difference)
    return f"+{whole}" if whole > 0 else f"\N{MINUS SIGN}{-whole}" if whole else "0"


def coefficient(value: float) -> str:
    """One from -1 to 1 with two digits: .74, −.02, 1."""  # noqa: RUF002 - a minus sign
    text = f"{abs(value):.2f}"
    text = text.removeprefix("0") if text != "1.00" else "1"
    return f"−{text}" if value < 0 and text != ".00" else text  # noqa: RUF001 - a minus sign


class _Formatter(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec == "span" and isinstance(value, int | float):
            return reading.span(value)
        if format_spec == "percent" and isinstance(value, int | float):
            return percent(value)
        if format_spec == "kind":
            return str(value).replace("_", " ")
        return str(super().format_field(value, format_spec))


_FORMATTER = _Formatter()
