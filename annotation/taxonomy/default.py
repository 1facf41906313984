"""Version 1 of the taxonomy: what each kind of signal can turn out to mean.

One row a reason: code, title, definition, outcome, permitted uses. Reasons stand in the order in which people choose:
by outcome, then the likeliest first. A reason's key is its place within the kind, so it never changes.
"""

from __future__ import annotations

from dataclasses import dataclass

G, B, N, U = "good", "bad", "not_about_model", "unknowable"


@dataclass(frozen=True)
class ReasonRow:
    code: str
    title: str
    definition: str
    outcome: str
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindRow:
    kind: str
    polarity: str
    reasons: tuple[ReasonRow, ...]
    is_queued: bool = True


R = ReasonRow

# Keys of the reasons that are a kind's own, in order; and of those that every kind has. The letters left free are
# the page's own keys (skip, flag, undo, comment …).
OWN_KEYS = "1234567890qwert"
COMMON_KEYS = "zxcvbn"

COMMON = (
    R("slip", "Slip", "A mis-click: the signal wasn't meant.", N),
    R("test_or_abuse", "Test or abuse", "Somebody testing, a bot, or play against the rules.", N),
    R("system_fault", "System fault", "The answer was slow, cut off, or crashed.", N),
    R("intent_changed", "Intent changed", "The user moved on to something else.", N),
    R("no_context", "No context", "It can't be judged from the record.", U),
    R("needs_expert", "Needs an expert", "Beyond my field: somebody else has to judge.", U),
)

PLEASING = R("pleasing_but_wrong", "Pleasing but wrong", "Agreeable to read, and wrong.", B, ("kto-",))
UNSAFE_WELCOME = R(
    "unsafe_but_welcome", "Unsafe but welcome", "The user liked what should have been refused.", B, ("kto-",)
)
REFUSED_WRONGLY = R("refused_wrongly", "Refused wrongly", "A refusal without cause.", B, ("kto-",))

KINDS = (
    KindRow(
        "accepted",
        "positive",
        (
            R("verified", "Verified", "Read or checked, kept, and right.", G, ("sft", "kto+", "pair")),
            R("adequate", "Adequate", "Right enough with little at stake; no sign of a check.", G, ("kto+",)),
            R("undone_later", "Undone later", "Taken back, corrected or complained about later.", B, ("kto-", "pair")),
            PLEASING,
            UNSAFE_WELCOME,
            R("no_alternative", "No alternative", "Nothing else could be chosen.", N),
            R("unread", "Unread", "Accepted faster than it can be read, or put off.", U),
            R("scaffold", "Scaffold", "Kept only as something to start from.", U),
        ),
    ),
    KindRow(
        "edited",
        "none",
        (
            R("taste", "Taste", "Personal wording: the draft was fine.", G),
            R("made_worse", "Made worse", "The edit lowered the quality.", G),
            R("fact_fix", "Fact fixed", "An error of fact or logic was corrected.", B, ("pair", "sft_edit")),
            R(
                "instruction_fix",
                "Instruction fixed",
                "Something that was asked for was missed.",
                B,
                ("pair", "sft_edit"),
            ),
            R("format_fix", "Format fixed", "Layout or typing errors were mended.", B, ("pair",)),
            R("trimmed", "Trimmed", "It was shortened.", B, ("pair",)),
            R("unsafe_removed", "Unsafe part removed", "Private or unsafe content was taken out.", B, ("kto-",)),
            R(
                "private_detail_added",
                "Private detail added",
                "Facts that the model could not know; training on them teaches invention.",
                N,
            ),
        ),
    ),
    KindRow(
        "abandoned",
        "negative",
        (
            R("got_answer", "Got the answer", "The need was met.", G, ("kto+",)),
            R("refused_rightly", "Refused rightly", "A refusal with cause.", G, ("sft",)),
            R("gave_up", "Gave up", "Left after poor answers.", B, ("kto-",)),
            REFUSED_WRONGLY,
            R("too_slow_or_long", "Too slow or long", "The effort or the waiting was too much.", N),
            R("interrupted", "Interrupted", "Called away.", N),
            R("other_channel", "Other channel", "Went to a person or another tool.", U),
            R("unclear", "Unclear", "No evidence either way.", U),
        ),
    ),
    KindRow(
        "regenerated",
        "negative",
        (
            R("variety", "Variety", "Wanted choices: the first answer was fine.", G),
            R("wrong", "Wrong", "The first answer was bad.", B, ("kto-", "pair")),
            R("form", "Form", "Length, format or tone.", B, ("pair",)),
            R("own_prompt_fixed", "Own prompt fixed", "The user mended the question.", N),
            R("curiosity", "Curiosity", "To see what happens.", N),
        ),
    ),
    KindRow(
        "dismissed",
        "negative",
        (
            R("wrong", "Wrong", "Not usable.", B, ("kto-",)),
            R("not_needed", "Not needed", "Right, but not wanted now.", N),
            R("bad_moment", "Bad moment", "It was in the way.", N),
            R("unread", "Unread", "Closed without reading.", U),
        ),
    ),
    KindRow(
        "copied",
        "positive",
        (
            R("used_as_is", "Used as it is", "Kept elsewhere as it is.", G, ("kto+",)),
            R("to_report", "To report it", "Copied to complain about it.", B, ("kto-",)),
            R("to_check", "To check it", "Copied to check; what became of it is unknown.", U),
            R("to_other_tool", "To another tool", "Carried elsewhere; what became of it is unknown.", U),
            R("in_part", "In part", "Only a part was taken; what became of it is unknown.", U),
        ),
    ),
    KindRow(
        "thumbs_up",
        "positive",
        (
            R("right_and_useful", "Right and useful", "Right, and it helped.", G, ("sft", "kto+")),
            PLEASING,
            UNSAFE_WELCOME,
            R("manners_only", "Manners only", "Praise for the tone, thanks.", U),
            R("habit", "Habit", "Clicks every time, or is rewarded for it.", U),
        ),
    ),
    KindRow(
        "thumbs_down",
        "negative",
        (
            R("unwelcome_truth", "Unwelcome truth", "Right, but disliked: must never become a negative.", G),
            R("wrong_fact", "Wrong fact", "It states something false.", B, ("kto-", "pair")),
            R("instruction_missed", "Instruction missed", "It didn't do what was asked.", B, ("kto-", "pair")),
            R("incomplete", "Incomplete", "Something needed is missing.", B, ("kto-", "pair")),
            R("misread_intent", "Misread intent", "It answered another question.", B, ("kto-", "pair")),
            R("style", "Style", "Tone or length.", B, ("pair",)),
            REFUSED_WRONGLY,
            R("unsafe_or_biased", "Unsafe or biased", "It harms, or treats people unfairly.", B, ("kto-",)),
            R(
                "knowledge_gap",
                "Knowledge gap",
                "A document is missing or old: mend the knowledge, don't tune the model.",
                B,
            ),
            R("topic_disliked", "Topic disliked", "Not this topic, today.", N),
            R("product_or_price", "Product or price", "About the product or its price, not about the answer.", N),
            R("user_error", "User error", "The user's own mistake, not the answer's.", N),
        ),
    ),
    KindRow(
        "escalated",
        "negative",
        (
            R("handed_over_rightly", "Handed over rightly", "Correct and in time.", G, ("sft",)),
            R("model_failed", "Model failed", "The model could not do it.", B, ("kto-",)),
            R("handed_over_late", "Handed over late", "A person should have come in sooner.", B, ("kto-",)),
            R("policy", "Policy", "A rule asks for a person here.", N),
            R("prefers_person", "Prefers a person", "The user wanted a person from the start.", N),
            R("access_rights", "Access rights", "Only a person may do it.", N),
        ),
    ),
    KindRow(
        "no_signal",
        "none",
        (
            R("good", "Good", "Read as it stands: right for what was asked.", G, ("kto+",)),
            R("bad", "Bad", "Read as it stands: wrong, or beside the point.", B, ("kto-",)),
            R("mixed", "Mixed", "Partly right.", U),
        ),
    ),
    KindRow("later_result", "none", (), is_queued=False),
)
