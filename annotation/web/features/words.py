"""Rules and settings as people read them, and what a change brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.ingest.retention import Counts
from annotation.web.changes import Change

RULES = {
    "email": gettext_lazy("email addresses"),
    "phone": gettext_lazy("phone numbers: in international form, and North American ones"),
    "card": gettext_lazy("payment cards, by their check digit"),
    "iban": gettext_lazy("bank accounts (IBAN), by their check digits"),
    "ip": gettext_lazy("IP addresses, v4 and v6"),
    "api_key": gettext_lazy("API keys with a known prefix, tokens (JWT), private keys"),
    "url_token": gettext_lazy("tokens and passwords in URLs"),
}

TITLES: Mapping[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "closure_days": gettext_lazy("Days to close the loop"),
    "settle_hours": gettext_lazy("Hours to settle"),
    "eval_share": gettext_lazy("Share kept for evaluation"),
    "redaction": gettext_lazy("Redaction"),
    "derive_edited_from": gettext_lazy("“edited” from a share of"),
    "derive_abandoned_minutes": gettext_lazy("“abandoned” after minutes"),
    "retention_days": gettext_lazy("Days kept"),
    "audited_key": gettext_lazy("Signals judged apart by"),
}

EFFECTS: Mapping[str, str | Promise] = {
    "name": gettext_lazy("People see the new name; addresses and what senders write stay."),
    "closure_days": gettext_lazy("The verdicts on speed are measured by it from now on, older interactions included."),
    "settle_hours": gettext_lazy("Counts for interactions that arrive from now on; those here settle when they would."),
    "eval_share": gettext_lazy(
        "Each conversation is dealt once, when it arrives. Fixed from the first interaction on."
    ),
    "redaction": gettext_lazy(
        "Counts for what arrives from now on. What is stored stays, and what was replaced can't be had back."
    ),
    "derive_edited_from": gettext_lazy("Counts for interactions that arrive from now on."),
    "derive_abandoned_minutes": gettext_lazy("Counts for interactions that settle from now on."),
    "retention_days": gettext_lazy(
        "Counts for what is stored too: what is older, and of which nothing was labeled, flagged, exported or still "
        "waits, is deleted for good, beginning with the next sweep. Counts and rates stay as they are."
    ),
    "audited_key": gettext_lazy(
        "Counts for days that close from now on. What was counted by another key goes, with that key's values."
    ),
}

LEAVING = gettext_lazy("Older today: %(old)d interactions. Of these %(go)d go and %(stay)d stay.")
LEAVING_ABOUT = gettext_lazy("Older today: %(old)d interactions. Of these about %(go)d go and %(stay)d stay.")

# Where keeping for longer, or forever, deletes nothing.
KEPT_LONGER = gettext_lazy("Nothing is deleted by this. What an earlier limit deleted stays deleted.")


def changes(differences: Mapping[str, list[Any]], *, leaving: Counts | None = None) -> list[Change]:
    """`leaving`: what a new limit of days would delete, where that is known."""
    return [
        Change(
            title=TITLES[name],
            before=value(name, before),
            after=value(name, after),
            effect=_effect(name, before, after, leaving),
        )
        for name, (before, after) in differences.items()
    ]


def _effect(name: str, before: Any, after: Any, leaving: Counts | None) -> str | Promise:
    if name != "retention_days":
        return EFFECTS[name]
    if after is None or (before is not None and after > before):
        return KEPT_LONGER
    if leaving is None:
        return EFFECTS[name]
    said = LEAVING_ABOUT if leaving.is_estimate else LEAVING
    return f"{EFFECTS[name]} {said % {'old': leaving.old, 'go': leaving.interactions, 'stay': leaving.staying}}"


def value(name: str, one: Any) -> str:
    match name, one:
        case "retention_days", None:
            return _("forever")
        case "audited_key", "":
            return _("no key")
        case _, None:
            return _("never")
        case "redaction", []:
            return _("nothing")
        case "redaction", rules:
            return ", ".join(rules)
        case _:
            return f"{one:g}" if isinstance(one, float) else str(one)
