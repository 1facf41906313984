"""What every answer says and every page is, whoever asks: the policy of its headers, and HTML that lives by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

# What no address may hold: an account's email, a secret.
PRIVATE = re.compile(r"@example\.com|%40example|\bfw_|csrfmiddlewaretoken|password=")

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def faults(answer: Any) -> Iterator[str]:
    sent = (part.strip().partition(" ") for part in answer.get("Content-Security-Policy", "").split(";"))
    if {name: sources for name, _, sources in sent} != POLICY:
        yield "another policy"
    yield from (f"{name}: {answer.get(name)}" for name, value in ALWAYS.items() if answer.get(name) != value)
    if answer.get("X-Frame-Options") != "DENY":
        yield "may be framed"
    if not {"no-store", "private"} & set(re.split(r"[ ,]+", answer.get("Cache-Control", ""))):
        yield "may be kept by whoever passes it on"
    if PRIVATE.search(answer.get("Location", "")):
        yield f"leads to {answer['Location']}"
    for cookie in answer.cookies.values():
        # The other one is for the pages' own script to read.
        if cookie["samesite"] != "Lax" or (cookie.key == "sessionid" and not cookie["httponly"]):
            yield f"cookie {cookie.OutputString()}"
    media = answer.get("Content-Type", "")
    if media.startswith("text/") and "charset=utf-8" not in media:
        yield f"a text of {media}"
    if media.startswith("text/html"):
        page = _Page()
        page.feed(answer.content.decode())
        page.close()
        yield from page.faults


class _Page(HTMLParser):
    """Collects what the policy would block or another host would have to serve."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._unproven = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form" and (found.get("method") or "").lower() == "post":
            self._unproven = f"form to {found.get('action')} without a token"
        if found.get("name") == "csrfmiddlewaretoken":
            self._unproven = ""
        is_code = tag == "script" and "src" not in found and found.get("type") != "application/json"
        if tag == "style" or is_code:
            self.faults.append(f"inline {tag}")
        for name, value in found.items():
            if name == "style" or name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.faults.append(f"{tag} {name}={value}")
            elif name in ("src", "srcset", "data", "action") or (name == "href" and tag not in ("a", "area")):
                self._check_own(tag, name, value or "")
            if name in ("href", "action", "src") and PRIVATE.search(value or ""):
                self.faults.append(f"{tag} {name}={value} tells whom it is about")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._unproven:
            self.faults.append(self._unproven)
            self._unproven = ""

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data}")

    def handle_data(self, data: str) -> None:
        if "Traceback (most recent call last)" in data:
            self.faults.append("a traceback")

    def _check_own(self, tag: str, name: str, value: str) -> None:
        is_elsewhere = value.startswith("//") or ":" in value.partition("/")[0]
        if is_elsewhere and not (tag == "img" and value.startswith("data:")):
            self.faults.append(f"{tag} {name}={value}")
