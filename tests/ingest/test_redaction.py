"""Redaction at the door: nothing that a rule names is stored, and whatever counts on what was sent goes on counting."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from django.db import connection

from annotation.ingest import redaction, store
from annotation.ingest.outcome import Outcome
from annotation.lib import pii
from annotation.models import Feature, Interaction, InteractionContent, Signal, SignalContent, WaitingSignal
from tests import cast
from tests.ingest.sent import interaction, later, signal

MAIL, CARD = "ann@example.com", "4111 1111 1111 1111"
PSEUDONYM = re.compile(r"\[email-[0-9a-f]{10}\]")


@pytest.fixture
def guarded(feature: Feature) -> Feature:
    feature.redaction = list(pii.RULES)
    feature.save()
    return feature


def send(*records: Any) -> Outcome:
    return store.interactions(records=list(enumerate(records)), now=cast.NOW)


def send_signals(*records: Any) -> Outcome:
    return store.signals(records=list(enumerate(records)), now=cast.NOW)


def everything_stored() -> str:
    """Each table with texts of what was sent, as one text."""
    tables = ("interaction", "interactioncontent", "signal", "signalcontent", "waitingsignal")
    with connection.cursor() as cursor:
        found = []
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM annotation_{table} t")
            found += [str(row[0]) for row in cursor.fetchall()]
    return " ".join(found)


def test_nothing_of_it_is_stored_wherever_it_stands(guarded: Feature) -> None:
    whole = interaction(
        input=[
            {"role": "system", "content": f"The user is {MAIL}."},
            {"role": "user", "content": [{"type": "text", "text": f"I am {MAIL}, card {CARD}"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"function": {"name": "send", "arguments": f'{{"to": "x\\n{MAIL}"}}'}}],
            },
        ],
        output=f"Dear {MAIL}",
        final_text=f"Hi {MAIL}",
        metadata={"mail": MAIL, MAIL: {"deep": [1, None, True, [f"<{MAIL}>"]]}, "card": 4111111111111111},
        user_key=MAIL,
        signals=[signal(id="s-1", details={"said": f"write to {MAIL}", MAIL: 1})],
    )
    assert send(whole).accepted == 1
    send_signals(later(kind="thumbs_down", details={"comment": MAIL}), later("not-yet", details={"comment": MAIL}))
    assert WaitingSignal.objects.exists()
    send(interaction("not-yet"))
    stored = everything_stored()
    assert not WaitingSignal.objects.exists()
    for secret in (MAIL, "ann@", CARD, "4111111111111111"):
        assert secret not in stored
    assert len(set(PSEUDONYM.findall(stored))) == 1
    assert len(PSEUDONYM.findall(stored)) == 14


def test_what_has_nothing_of_it_is_stored_as_it_was_sent(guarded: Feature) -> None:
    metadata = {"n": 1.5, "big": 1700000000000000000, "list": [[], {}, None, False], "order": "123-4567890-1234567"}
    send(interaction(metadata=metadata, signals=[signal(details={"dwell_ms": 2100})]))
    content = InteractionContent.objects.get()
    assert (content.output, content.metadata) == ("Dear Ann, thank you.", metadata)
    assert content.input == [{"role": "user", "content": "Thank Ann."}]
    assert SignalContent.objects.get().details == {"dwell_ms": 2100}


def test_a_feature_without_rules_stores_all_as_it_was_sent(feature: Feature) -> None:
    send(interaction(output=MAIL, signals=[signal(details={"said": MAIL})]))
    assert InteractionContent.objects.get().output == MAIL
    assert SignalContent.objects.get().details == {"said": MAIL}


def test_only_the_feature_s_own_rules_are_applied(feature: Feature) -> None:
    feature.redaction = ["card"]
    feature.save()
    send(interaction(output=f"{MAIL} {CARD}"))
    output = InteractionContent.objects.get().output
    assert output.startswith(f"{MAIL} [card-")


def test_two_features_in_one_batch_are_each_treated_by_their_own_rules(guarded: Feature) -> None:
    cast.feature("support-chat")
    assert send(interaction("a", output=MAIL), interaction("a", output=MAIL, feature="support-chat")).accepted == 2
    stored = dict(InteractionContent.objects.values_list("interaction__feature__slug", "output"))
    assert stored["support-chat"] == MAIL
    assert PSEUDONYM.fullmatch(stored["email-drafts"])


def test_a_resend_stays_a_duplicate_though_the_rules_have_changed(feature: Feature) -> None:
    record = interaction(output=MAIL, signals=[signal(details={"said": MAIL})])
    assert send(record).accepted == 1
    feature.redaction = ["email"]
    feature.save()
    again = send(record, record | {"signals": [*record["signals"], signal("copied", details={"said": MAIL})]})
    assert (again.accepted, again.duplicates, again.refused) == (0, 2, [])
    assert send_signals(later(details={"said": MAIL})).duplicates == 1
    assert Signal.objects.count() == 2
    assert sorted("said" in one.details and MAIL in one.details["said"] for one in SignalContent.objects.all()) == [
        False,
        True,
    ]


def test_other_content_is_a_conflict_though_redaction_makes_both_alike(guarded: Feature) -> None:
    send(interaction(output=f"Hi {MAIL}"))
    assert send(interaction(output=f"Hi {MAIL.upper()}")).refused[0].code == "conflicting_duplicate"


def test_ids_are_kept_since_records_find_each_other_by_them(guarded: Feature) -> None:
    send(interaction(MAIL, conversation_id=MAIL, replaces=f"{MAIL}-0", signals=[signal(id=MAIL)]))
    found = Interaction.objects.get()
    assert (found.external_id, found.conversation_id, found.replaces) == (MAIL, MAIL, f"{MAIL}-0")
    assert Signal.objects.get().external_id == MAIL


def test_one_value_has_one_pseudonym_in_a_feature_and_another_in_the_next(guarded: Feature) -> None:
    here = redaction.of(guarded)
    there = redaction.of(cast.feature("support-chat", redaction=["email"]))
    assert here
    assert there
    assert here.text(f"{MAIL} {MAIL.upper()}").split()[0] == here.text(f"{MAIL} {MAIL.upper()}").split()[1]
    assert here.text(MAIL) != here.text("ben@example.com") != there.text(MAIL) != here.text(MAIL)


def test_fields_whose_names_become_one_both_stay(guarded: Feature) -> None:
    send(interaction(metadata={MAIL: 1, MAIL.upper(): 2}))
    assert sorted(InteractionContent.objects.get().metadata.values()) == [1, 2]


def test_what_was_sent_is_not_changed_in_the_sender_s_hands(guarded: Feature) -> None:
    value = {"a": [MAIL, {"b": MAIL}]}
    before = orjson.dumps(value)
    redactor = redaction.of(guarded)
    assert redactor
    assert redactor.details(value) != value
    assert orjson.dumps(value) == before


def test_an_unknown_rule_of_a_later_version_breaks_nothing(feature: Feature) -> None:
    feature.redaction = ["email", "telepathy"]
    feature.save()
    assert send(interaction(output=MAIL)).accepted == 1
    assert MAIL not in everything_stored()
