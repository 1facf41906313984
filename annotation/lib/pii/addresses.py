"""Addresses: of mail, and of machines on the net."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from annotation.lib.pii.span import WORD, Found, Shape

_AT = re.compile(r"@|%40")
_LOCAL = re.compile(rf"[{WORD}_.+'%~-]*")
_NO_START = "_.+'%~-"
_LONGEST_LOCAL = 64
_LONGEST_DOMAIN = 254
_LETTER = rf"(?:(?![0-9])[{WORD}])"
_DOMAIN = re.compile(
    rf"(?:[{WORD}](?:[{WORD}-]{{0,61}}[{WORD}])?\.){{1,8}}(?:{_LETTER}{{2,24}}|xn--[a-zA-Z0-9-]{{2,59}})(?![{WORD}])"
)

# `image@2x.png` is a file, and `git@github.com` the account of a machine.
_FILES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
_MACHINES = {"git", "hg", "svn"}

_IPV4 = re.compile(rf"[0-9](?<![{WORD}_.].)[0-9]{{0,2}}(?:\.[0-9]{{1,3}}){{3}}(?!\.?[{WORD}]|-[A-Za-z])")
# From its first colon on, however far: a search that gave up at a length would begin again at the next colon.
_IPV6 = re.compile(r":[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*+(?:\.[0-9]{1,3}){0,3}")
_FIRST_GROUP = re.compile(rf"(?<![{WORD}_:.])[0-9A-Fa-f]{{0,4}}\Z")
_GOES_ON = re.compile(rf"[{WORD}_:]|\.[{WORD}]")
_LONGEST_IPV6 = 45

# `Chrome/99.0.0.1`, `v1.2.3.4` and “version 1.2.3.4” name software.
_VERSION = re.compile(r"(?:[A-Za-z]/|\b(?:v|ver|version|release|build)[.: ]{0,2})\Z", re.IGNORECASE)
_BEFORE = 12


def emails(text: str, shape: Shape) -> Iterator[Found]:
    if "@" not in text and "%40" not in text:
        return
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end(), at.end() + _LONGEST_DOMAIN)
        if domain is None:
            continue
        start = _local_start(text, at.start())
        local = text[start : at.start()]
        is_one = local and local.lower() not in _MACHINES and not domain[0].lower().endswith(_FILES)
        if is_one:
            yield start, domain.end(), f"{local}@{domain[0]}".casefold()


def _local_start(text: str, end: int) -> int:
    """Read backwards, so that a long word is read once."""
    reversed_text = text[max(0, end - _LONGEST_LOCAL) : end][::-1]
    found = _LOCAL.match(reversed_text)
    local = found[0][::-1] if found else ""
    return end - len(local.lstrip(_NO_START))


def ips(text: str, shape: Shape) -> Iterator[Found]:
    if b"0.0" in shape.kinds:
        yield from _ipv4(text)
    if "::" in text or text.count(":") >= 7:
        yield from _ipv6(text)


def _ipv4(text: str) -> Iterator[Found]:
    for found in _IPV4.finditer(text):
        before = text[max(0, found.start() - _BEFORE) : found.start()]
        if (address := _address(found[0])) and not _VERSION.search(before):
            yield found.start(), found.end(), address


def _ipv6(text: str) -> Iterator[Found]:
    for found in _IPV6.finditer(text):
        if found.end() - found.start() > _LONGEST_IPV6 or _GOES_ON.match(text, found.end()):
            continue
        first = _FIRST_GROUP.search(text, max(0, found.start() - 5), found.start())
        if first and (address := _address(text[first.start() : found.end()])):
            yield first.start(), found.end(), address


def _address(text: str) -> str | None:
    """The one spelling of an address of somebody; None for what is none, and for what names no one machine."""
    if ":" in text and not _is_surely_v6(text):
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if address.is_loopback or address.is_unspecified or text.startswith("255."):
        return None
    return address.compressed


def _is_surely_v6(text: str) -> bool:
    """`12:30:00` is a time; `a::b` is an address by its form, and in texts the name of something in a program."""
    groups = [group for group in text.split(":") if group]
    has_digit = any(character.isdigit() for character in text)
    is_whole = "::" in text or len(groups) >= 7
    return has_digit and is_whole and (len(groups) >= 3 or len(groups[0]) == 4)
