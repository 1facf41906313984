"""Messages and texts as safe HTML: Markdown as it is meant, code and data as they are, what is long folded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from annotation.lib import folding, markdown, messages
from annotation.lib.messages import Attachment, Message

ROLES = {
    "system": _("Instructions to the model"),
    "developer": _("Instructions to the model"),
    "user": _("User"),
    "assistant": _("Model"),
    "tool": _("Result of a tool"),
}

ANSWER_CHARS = 8_000
"""Characters of the judged answer that are open; the rest of it is folded, with a figure of how much it is."""

MESSAGE_CHARS = 3_000
TOOL_CHARS = 1_000
ARGUMENTS_CHARS = 600
CODE_LINES = 60
TOOL_LINES = 12

REST_CHARS = 100_000
"""Characters of a folded rest that are sent; what is beyond is counted."""

Form = Literal["formatted", "code", "as_it_is"]

_CODE_LINE = re.compile(
    r"[{};]\s*$|^\s{2,}\S|^\s*(?:def|class|return|import|from|if|for|while|function|const|let|var|public|SELECT|FROM)\b"
    r"|^\s*(?://|#include|#!|--|</?\w)|\w\(.*\)\s*:?$|^\s*[)\]}]"
)
_MARKUP = re.compile(r"[*_`#|\[<>~\\&]|^\s*(?:[-+]|\d+[.)])\s|^(?:=+|-+)\s*$|^ {4}|\S\n\S", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text in two parts: `html` is open, `rest` folded: `hidden` characters, of which `omitted` are not sent.

    Both parts are safe.
    """

    html: SafeString
    rest: SafeString
    hidden: int = 0
    omitted: int = 0


@dataclass(frozen=True, kw_only=True)
class Call:
    """A tool that the model called."""

    name: str
    arguments: str
    text: Text


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One message. `raw` is the text as sent, which looks different where the text is formatted."""

    role: str
    title: str | Promise
    text: Text
    raw: str
    is_formatted: bool = False
    calls: Sequence[Call] = ()
    attachments: Sequence[Attachment] = ()

    @property
    def html(self) -> SafeString:
        return self.text.html

    @property
    def shows_raw(self) -> bool:
        """Whether it helps to see the text as sent: where it holds what Markdown takes for marks."""
        return self.is_formatted and not self.text.hidden and _MARKUP.search(self.raw) is not None


def listed(sent: Iterable[Message], *, most: int = MESSAGE_CHARS) -> list[Shown]:
    """Messages in their order; a tool's result is named by the call that it answers."""
    names: dict[object, str] = {}
    shown = []
    for one in sent:
        shown.append(message(one, most=most, tool=names.get(one.get("tool_call_id"), "")))
        names.update(_named_calls(one))
    return shown


def message(sent: Message, *, most: int = MESSAGE_CHARS, tool: str = "") -> Shown:
    """What a model wrote is Markdown; what a person or a tool wrote is shown as it is; program text is code."""
    role = str(sent.get("role", "user"))
    raw = messages.text_of([sent])
    form = _form(role, raw)
    return Shown(
        role=role,
        title=_title(role, tool or str(sent.get("name") or "")),
        text=_of_tool(raw, form) if role == "tool" else text(raw, form, most=most),
        raw=raw,
        is_formatted=form == "formatted",
        calls=_calls(sent.get("tool_calls")),
        attachments=messages.attachments(sent),
    )


def answer(raw: str) -> Shown:
    return message({"role": "assistant", "content": raw})


def text(raw: str, form: Form, *, most: int, lines: int = CODE_LINES) -> Text:
    """A text that is long is parted where a paragraph or line ends; a block of code in the middle goes on in both.

    Program text and data have short lines, so those are limited too.
    """
    if form == "code":
        raw = _indented(raw)
        most = min(most, folding.end_of_line(raw, lines))
    head, rest = folding.split(raw, most)
    sent = rest[:REST_CHARS]
    if form == "formatted" and (fence := folding.is_inside_code(head)):
        head, sent = f"{head}\n{fence[:3]}", f"{fence}\n{sent}"
    return Text(
        html=_html(head, form),
        rest=_html(sent, form) if rest else _safe(""),
        hidden=len(rest),
        omitted=max(len(rest) - REST_CHARS, 0),
    )


def _of_tool(raw: str, form: Form) -> Text:
    return text(raw, form, most=TOOL_CHARS, lines=TOOL_LINES)


def code(raw: str) -> SafeString:
    return _safe(f'<pre tabindex="0"><code>{_escaped(raw)}</code></pre>')


def looks_like_code(raw: str) -> bool:
    """Whether most lines read as program text; Markdown with a code block of its own does not need the guess."""
    lines = [line for line in raw.splitlines() if line.strip()]
    if not lines or "```" in raw:
        return False
    return 2 * sum(1 for line in lines if _CODE_LINE.search(line)) > len(lines)


def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _form(role: str, raw: str) -> Form:
    if looks_like_code(raw) or (role != "assistant" and _is_data(raw)):
        return "code"
    return "formatted" if role == "assistant" and raw else "as_it_is"


def _html(raw: str, form: Form) -> SafeString:
    if not raw:
        return _safe("")
    if form == "formatted":
        return _safe(markdown.render(raw))
    return code(raw) if form == "code" else _safe(f'<p class="as-is" dir="auto">{_escaped(raw)}</p>')


def _title(role: str, name: str) -> str | Promise:
    known = ROLES.get(role, role)
    return f"{known}: {name}" if name else known


def _is_data(raw: str) -> bool:
    return raw.lstrip().startswith(("{", "[")) and raw.rstrip().endswith(("}", "]"))


def _indented(raw: str) -> str:
    """JSON with line ends, as results and arguments of tools are read best; every other text as it is."""
    if not _is_data(raw):
        return raw
    try:
        return as_json(json.loads(raw))
    except (ValueError, RecursionError):
        return raw


def _escaped(raw: str) -> str:
    return raw.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _safe(html: str) -> SafeString:
    # Everything that comes here was sanitized by `markdown.render` or escaped one line above.
    return mark_safe(html)  # noqa: S308


def _functions(sent: object) -> Iterator[tuple[object, Mapping[str, object]]]:
    """The id of each call and the function that it calls."""
    for one in sent if isinstance(sent, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("function"), Mapping):
            yield one.get("id"), one["function"]


def _named_calls(sent: Message) -> dict[object, str]:
    return {call: str(function.get("name", "")) for call, function in _functions(sent.get("tool_calls")) if call}


def _calls(sent: object) -> list[Call]:
    return [_call(function) for _id, function in _functions(sent)]


def _call(function: Mapping[str, object]) -> Call:
    sent = function.get("arguments", "")
    arguments = _indented(sent) if isinstance(sent, str) else as_json(sent)
    return Call(
        name=str(function.get("name", "")),
        arguments=arguments,
        text=text(arguments, "code", most=ARGUMENTS_CHARS, lines=TOOL_LINES),
    )
