"""Model output, which is Markdown from strangers, as HTML that can do no harm and loads nothing."""

import re
from collections.abc import Iterator
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MAX_CHARS = 50_000
"""Longer texts are shown as they are; the worst text of this length takes about a second."""

TOP_HEADING = 3
"""The level of the first heading; the page around it has the levels above."""

_MAX_NESTING = 40
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}")
_PLAIN_TAGS = {
    "blockquote",
    "br",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
_ATTRIBUTES = {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}}


def render(text: str) -> str:
    """Sanitized HTML of CommonMark with tables.

    HTML in the text is shown, not obeyed. Links lead to http, https and mailto only, never into this site.
    An image becomes a link to it, named by its alternative text. Headings start at TOP_HEADING and skip no level.
    A text over MAX_CHARS, or nested so deep that a part of it would be left out, is shown as it is in `<pre>`.
    """
    if len(text) > MAX_CHARS:
        return _plain(text)
    tokens = _PARSER.parse(text)
    if any(token.level >= _MAX_NESTING - 1 for token in tokens):
        return _plain(text)
    return _CLEANER.clean(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def _plain(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _safe_attribute(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("code", "class"):
        return value if _LANGUAGE.fullmatch(value) else None
    return value


def _images_as_links(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = list(_without_images(token.children))


def _without_images(tokens: list[Token]) -> Iterator[Token]:
    """An image inside a link is only its text: links don't nest."""
    links = 0
    for token in tokens:
        links += (token.type == "link_open") - (token.type == "link_close")
        if token.type != "image":
            yield token
        elif links:
            yield _text(token)
        else:
            yield Token("link_open", "a", 1, attrs={"href": token.attrGet("src") or ""})
            yield _text(token)
            yield Token("link_close", "a", -1)


def _text(image: Token) -> Token:
    return Token("text", "", 0, content=image.content or "image")


def _headings_in_order(state: StateCore) -> None:
    above = TOP_HEADING - 1
    for token in state.tokens:
        if token.type == "heading_open":
            above = min(int(token.tag[1]) + TOP_HEADING - 1, above + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{above}"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": _MAX_NESTING}).enable("table")
    parser.core.ruler.push("images_as_links", _images_as_links)
    parser.core.ruler.push("headings_in_order", _headings_in_order)
    return parser


_PARSER = _parser()
_CLEANER = nh3.Cleaner(
    tags=_PLAIN_TAGS | _ATTRIBUTES.keys(),
    attributes=_ATTRIBUTES,
    attribute_filter=_safe_attribute,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
)
