"""Personal data and secrets in a text: typed rules with checksums, and one pseudonym for one value.

What has a form is found: addresses of mail and machines, numbers with a check digit, keys with a known prefix. Names,
postal addresses and all else that only meaning tells are not. Every rule takes time linear in the text, whatever the
text, and passes over one that can't hold what it looks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from annotation.lib.pii import addresses, credentials, numbers
from annotation.lib.pii.span import Found, Shape, Span, shape

Pseudonym = Callable[[str, str], str]
"""What stands for a value, by the name of its rule and the value in its one spelling."""

# In this order they name what two of them find in the same place.
_RULES: Mapping[str, Callable[[str, Shape], Iterable[Found]]] = {
    "api_key": credentials.api_keys,
    "url_token": credentials.url_tokens,
    "email": addresses.emails,
    "iban": numbers.ibans,
    "card": numbers.cards,
    "ip": addresses.ips,
    "phone": numbers.phones,
}
RULES = ("email", "phone", "card", "iban", "ip", "api_key", "url_token")

# No find is shorter (a@b.de), and a word of letters alone is none: the names of most fields.
_SHORTEST = 6
SHORTEST_WORD = 16

# A JSON text inside a text (the arguments of a tool call) spells a line's end as two characters, the second a letter.
_ESCAPE = re.compile(r"\\[nrtbf\"]")


def find(text: str, rules: Collection[str]) -> list[Span]:
    """What these rules find, in order and apart. Where two overlap, one span holds both and is named by the first."""
    if len(text) < _SHORTEST or (len(text) < SHORTEST_WORD and text.isalpha()):
        return []
    seen = _ESCAPE.sub("  ", text) if "\\" in text else text
    seen_shape = shape(seen)
    spans = [
        Span(rule=rule, start=start, end=end, value=value)
        for rule, look in _RULES.items()
        if rule in rules
        for start, end, value in look(seen, seen_shape)
    ]
    spans.sort(key=lambda one: one.start)
    return list(_apart(text, spans))


def redact(text: str, rules: Collection[str], pseudonym: Pseudonym) -> str:
    """The text with each find replaced. The same object where there is none."""
    spans = find(text, rules)
    if not spans:
        return text
    pieces = []
    at = 0
    for span in spans:
        pieces += [text[at : span.start], pseudonym(span.rule, span.value)]
        at = span.end
    return "".join([*pieces, text[at:]])


def _apart(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    first: Span | None = None
    end = 0
    for span in spans:
        if first is not None and span.start >= end:
            yield _whole(text, first, end)
            first = None
        if first is None:
            first, end = span, span.end
        # Of two that overlap, neither may be left in part.
        end = max(end, span.end)
    if first is not None:
        yield _whole(text, first, end)


def _whole(text: str, first: Span, end: int) -> Span:
    return first if first.end == end else replace(first, end=end, value=text[first.start : end])
