"""A part of a page that is the same again and again but for a few values: drawn once, and kept while the process runs.

    {% kept version.pk item.signal_kind %} … {% fresh %}{{ item.public_id }}{% endfresh %} … {% endkept %}

What `kept` names tells the parts apart, beside the language of the page. What is `fresh` is drawn for each page, with
what the page knows where the kept part begins: so it stands in no loop and no `with`. `{% fresh about %}`: the same at
each place of this name, and drawn once.
"""

from __future__ import annotations

from typing import Final

from django import template
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

MOST: Final = 500
"""Parts that are kept at one place of a template; beyond that it begins anew."""

# No text of a page holds it: neither the database nor an address can.
_PLACE: Final = "\0"
_DRAWING: Final = "parts that stay fresh"


class Fresh(Node):
    def __init__(self, nodes: NodeList, name: str) -> None:
        self.nodes = nodes
        self.name = name

    def render(self, context: Context) -> SafeString:
        drawing: list[Fresh] | None = context.get(_DRAWING)
        if drawing is None:
            return self.nodes.render(context)
        drawing.append(self)
        return mark_safe(_PLACE)  # noqa: S308 - our own


class Kept(Node):
    def __init__(self, nodes: NodeList, named: list[FilterExpression]) -> None:
        self.nodes = nodes
        self._named = named
        self._kept: dict[tuple[object, ...], tuple[list[str], list[Fresh]]] = {}

    def render(self, context: Context) -> SafeString:
        if context.get(_DRAWING) is not None:
            return self.nodes.render(context)  # a part of one that is kept as a whole
        key = (get_language(), *(one.resolve(context) for one in self._named))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST:
                self._kept.clear()
            found = self._kept[key] = self._draw(context)
        texts, fresh = found
        named: dict[str, SafeString] = {}
        drawn = [texts[0]]
        for one, text in zip(fresh, texts[1:], strict=True):
            part = named.get(one.name) or one.nodes.render(context)
            if one.name:
                named[one.name] = part
            drawn += part, text
        # Pieces that templates drew, each with its values escaped.
        return mark_safe("".join(drawn))  # noqa: S308

    def _draw(self, context: Context) -> tuple[list[str], list[Fresh]]:
        fresh: list[Fresh] = []
        with context.push({_DRAWING: fresh}):
            texts = self.nodes.render(context).split(_PLACE)
        return texts, fresh


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    named = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodes, named)


@register.tag
def fresh(parser: Parser, token: Token) -> Fresh:
    nodes = parser.parse(("endfresh",))
    parser.delete_first_token()
    return Fresh(nodes, " ".join(token.split_contents()[1:]))
