"""What a feature's door takes out of records before anything of them is stored.

Everything that somebody wrote is read: input, output, final text, metadata, a signal's details, and the names of the
fields in these. Ids are not: they are the keys by which records, conversations and resends find each other. The
fingerprint and a signal's derived id are of what was sent: a resend stays a duplicate, whatever the rules are by then.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from django.conf import settings

from annotation.ingest.record import InteractionIn, SignalIn
from annotation.lib import keyed, pii
from annotation.models import Feature

TEXTS = ("input", "output", "final_text", "metadata")
"""The values of an interaction that hold what somebody wrote."""

# A card's number may be sent as a number. Shorter ones prove nothing.
_LEAST_NUMBER = 10**12


class Redactor:
    """Applies a feature's rules. What it is given stays as it was."""

    def __init__(self, *, feature: str, rules: frozenset[str]) -> None:
        self.feature = feature
        self.rules = rules

    def values(self, values: dict[str, Any]) -> dict[str, Any]:
        """A checked interaction's values."""
        return values | {name: self.anything(values[name]) for name in TEXTS}

    def details(self, details: dict[str, Any]) -> dict[str, Any]:
        """A signal's."""
        redacted: dict[str, Any] = self.anything(details)
        return redacted

    def text(self, text: str) -> str:
        return pii.redact(text, self.rules, self.pseudonym)

    def pseudonym(self, rule: str, value: str) -> str:
        """The same for the same value of this feature, and for no other value; nobody can guess back from it."""
        digest = keyed.digest(settings.HASH_KEY, self.feature, rule, value, purpose="redaction", size=5)
        return f"[{rule}-{digest.hex()}]"

    def anything(self, value: Any) -> Any:
        """A JSON value, redacted. It was checked before, so it is nested no deeper than recursion can go."""
        if isinstance(value, str):
            return value if _is_plain(value) else self.text(value)
        if isinstance(value, list):
            return [self.anything(one) for one in value]
        if isinstance(value, dict):
            return self._named(value)
        if isinstance(value, int) and value >= _LEAST_NUMBER:
            spelled = self.text(str(value))
            return value if spelled == str(value) else spelled
        return value

    def _named(self, value: dict[str, Any]) -> dict[str, Any]:
        """Two names that are one once they are redacted stay two, so that no value is lost."""
        named: dict[str, Any] = {}
        for name, one in value.items():
            redacted = self.anything(name)
            while redacted in named:
                redacted += "'"
            named[redacted] = self.anything(one)
        return named


def _is_plain(text: str) -> bool:
    """The names of most fields, passed over before anything is called for them."""
    return len(text) < pii.SHORTEST_WORD and text.isalpha()


def interaction(sent: InteractionIn, *, feature: Feature) -> InteractionIn:
    """What of it may be stored. Its fingerprint stays that of what was sent."""
    redactor = of(feature)
    return sent._replace(values=redactor.values(sent.values)) if redactor else sent


def signal(sent: SignalIn, *, feature: Feature) -> SignalIn:
    redactor = of(feature)
    return sent._replace(details=redactor.details(sent.details)) if redactor else sent


def call(told: dict[str, Any], redactor: Redactor | None) -> dict[str, Any]:
    """What of a call that came in parts may wait for the rest (`annotation.lib.otlp.parts.as_json`)."""
    if redactor is None:
        return told
    record = told["record"]
    texts = {name: redactor.anything(record[name]) for name in TEXTS if name in record}
    signals = [one | {"details": redactor.details(one.get("details") or {})} for one in told.get("signals", ())]
    return told | {"record": record | texts} | ({"signals": signals} if signals else {})


def part(told: dict[str, Any], redactor: Redactor | None) -> dict[str, Any]:
    """Likewise of one event of a call."""
    if redactor is None:
        return told
    if "call" in told:
        return told | {"call": call(told["call"], redactor)}
    return told | {"messages": redactor.anything(told["messages"])}


def of_slugs(slugs: Collection[str], *, only: Feature | None) -> dict[str, Redactor | None]:
    """By the name of a feature, its redactor. What names none that exists goes by the sender's one, else by all rules
    that any feature has: whose it is, is known too late."""
    features = {one.slug: one for one in Feature.objects.filter(slug__in=slugs)}
    unknown = of(only) if only else None
    if only is None and set(slugs) - features.keys():
        rules = Feature.objects.exclude(redaction=[]).values_list("redaction", flat=True)
        every = frozenset(rule for found in rules for rule in found)
        unknown = _made("", every) if every else None
    return {slug: of(features[slug]) if slug in features else unknown for slug in slugs}


def of(feature: Feature) -> Redactor | None:
    """The redactor of a feature that has rules."""
    return _made(feature.slug, frozenset(feature.redaction)) if feature.redaction else None


@lru_cache(maxsize=1024)
def _made(feature: str, rules: frozenset[str]) -> Redactor:
    return Redactor(feature=feature, rules=rules)
