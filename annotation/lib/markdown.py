"""Model output, which is Markdown from strangers, as HTML that can do no harm and loads nothing."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
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
_BLOCKS = {"blockquote", "h3", "h4", "h5", "h6", "ol", "p", "table", "ul"}
_ATTRIBUTES = {
    **{tag: {"dir"} for tag in _BLOCKS},
    "a": {"href", "title"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "ol": {"dir", "start"},
    "p": {"class", "dir"},
    "pre": {"tabindex"},
}
_OWN_CLASSES = {"div": {"code-block", "scroll"}, "p": {"language"}}


def render(text: str) -> str:
    """Sanitized HTML of CommonMark with tables.

    HTML in the text is shown, not obeyed. Links lead to http, https and mailto only, never into this site.
    Each leads to a page of its own. An image becomes a link to it, named by its alternative text and its host.
    Headings start at TOP_HEADING and skip no level. Each block finds its own direction of writing; code and tables
    scroll sideways inside of themselves, by the keyboard too, and code says its language.
    A text over MAX_CHARS, or nested so deep that a part of it would be left out, is shown as it is in `<pre>`.
    """
    if len(text) > MAX_CHARS:
        return _plain(text)
    tokens = _PARSER.parse(text)
    if any(token.level >= _MAX_NESTING - 1 for token in tokens):
        return _plain(text)
    return _CLEANER.clean(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def _plain(text: str) -> str:
    return f'<pre tabindex="0">{escape(text)}</pre>'


def _safe_attribute(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("code", "class"):
        return value if _LANGUAGE.fullmatch(value) else None
    if attribute == "class":
        return value if value in _OWN_CLASSES[tag] else None
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
            yield from _linked(token)


def _linked(image: Token) -> Iterator[Token]:
    address = str(image.attrGet("src") or "")
    host = _host(address)
    if not host:
        yield _text(image)
        return
    named = f"image: {image.content}" if image.content else "image"
    yield Token("link_open", "a", 1, attrs={"href": address})
    yield Token("text", "", 0, content=f"{named} ({host})")
    yield Token("link_close", "a", -1)


def _host(address: str) -> str:
    """Of an address on the web; every other one has none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in ("http", "https") else ""


def _text(image: Token) -> Token:
    return Token("text", "", 0, content=image.content or "image")


def _own_directions(state: StateCore) -> None:
    """The outermost blocks, each by its own first letter: what stands inside of one follows it."""
    for token in state.tokens:
        if token.level == 0 and token.nesting == 1 and token.tag in _BLOCKS:
            token.attrSet("dir", "auto")


def _code(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    """What the cleaner lets through, and no more."""
    language = tokens[index].info.strip().split(maxsplit=1)[:1]
    name = f'<p class="language">{escape(language[0])}</p>' if language else ""
    marked = f' class="language-{escape(language[0])}"' if language else ""
    code = f'<pre tabindex="0"><code{marked}>{escape(tokens[index].content, quote=False)}</code></pre>'
    return f'<div class="code-block">{name}{code}</div>\n'


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, _: Any) -> str:
    return '<div class="scroll" tabindex="0">' + renderer.renderToken(tokens, index, options, {})


def _table_close(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, _: Any) -> str:
    return renderer.renderToken(tokens, index, options, {}) + "</div>"


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
    parser.core.ruler.push("own_directions", _own_directions)
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    # Its chains of rules are made at their first use, and a thread that comes meanwhile would find some of them empty.
    parser.parse("*first*")
    return parser


_PARSER = _parser()
_CLEANER = nh3.Cleaner(
    tags=_PLAIN_TAGS | _ATTRIBUTES.keys(),
    attributes=_ATTRIBUTES,
    attribute_filter=_safe_attribute,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
