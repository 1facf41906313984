"""Credentials: keys that their prefix gives away, and tokens in URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from annotation.lib.pii.span import Found, Shape

_WORDS = r"[A-Za-z0-9_-]"


def _tail(characters: str, least: int, most: int | None = None) -> re.Pattern[str]:
    return re.compile(f"{characters}{{{least},{most or ''}}}")


# By its prefix, how a key goes on.
KEYS: Mapping[str, re.Pattern[str]] = {
    "sk-": _tail(_WORDS, 20),  # OpenAI, Anthropic, DeepSeek, Langfuse …
    "pk-lf-": _tail(_WORDS, 20),
    "sk_live_": _tail("[A-Za-z0-9]", 16),  # Stripe
    "sk_test_": _tail("[A-Za-z0-9]", 16),
    "rk_live_": _tail("[A-Za-z0-9]", 16),
    "rk_test_": _tail("[A-Za-z0-9]", 16),
    "whsec_": _tail("[A-Za-z0-9+/=]", 24),
    "ghp_": _tail("[A-Za-z0-9]", 30),  # GitHub
    "gho_": _tail("[A-Za-z0-9]", 30),
    "ghu_": _tail("[A-Za-z0-9]", 30),
    "ghs_": _tail("[A-Za-z0-9]", 30),
    "ghr_": _tail("[A-Za-z0-9]", 30),
    "github_pat_": _tail("[A-Za-z0-9_]", 22),
    "glpat-": _tail(_WORDS, 20),  # GitLab
    "AKIA": _tail("[A-Z0-9]", 16, 16),  # AWS
    "ASIA": _tail("[A-Z0-9]", 16, 16),
    "AIza": _tail(_WORDS, 35),  # Google
    "ya29.": _tail(_WORDS, 20),
    "GOCSPX-": _tail(_WORDS, 20),
    "xoxa-": _tail("[A-Za-z0-9-]", 10),  # Slack
    "xoxb-": _tail("[A-Za-z0-9-]", 10),
    "xoxp-": _tail("[A-Za-z0-9-]", 10),
    "xoxr-": _tail("[A-Za-z0-9-]", 10),
    "xoxs-": _tail("[A-Za-z0-9-]", 10),
    "xapp-": _tail("[A-Za-z0-9-]", 10),
    "hf_": _tail("[A-Za-z0-9]", 30),  # Hugging Face
    "gsk_": _tail("[A-Za-z0-9]", 30),  # Groq
    "r8_": _tail("[A-Za-z0-9]", 30),  # Replicate
    "xai-": _tail(_WORDS, 30),
    "lsv2_": _tail("[A-Za-z0-9_]", 30),  # LangSmith
    "npm_": _tail("[A-Za-z0-9]", 36),
    "pypi-": _tail(_WORDS, 16),
    "dop_v1_": _tail("[a-f0-9]", 64),  # DigitalOcean
    "shpat_": _tail("[A-Fa-f0-9]", 32),  # Shopify
    "SG.": re.compile(rf"{_WORDS}{{16,40}}\.{_WORDS}{{16,}}"),  # SendGrid
    "eyJ": re.compile(rf"{_WORDS}{{10,}}\.eyJ{_WORDS}{{10,}}\.{_WORDS}*"),  # JSON Web Tokens
    "fw_": _tail(_WORDS, 40),  # Flywheel
}
_SHORTEST = b"w" * 15
_STANDS_BEFORE = re.compile(r"[A-Za-z0-9]")
# Else each of many beginnings in one long word would read it to its end.
_STANDS_BEFORE_LONG = {"eyJ": re.compile(_WORDS), "SG.": re.compile(_WORDS)}

# `sk-circle-fade-dot-container` is a style sheet's; a key of that prefix has digits.
_LONGEST_TOLD = 200
_LEAST_DIGITS = {"sk-": 3}

_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----")
_END = "PRIVATE KEY-----"
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")

# Names of parameters, in lower case and without “-” and “_”.
_TELLING = """
    accesskey accesstoken apikey apitoken appkey auth authorization authtoken awsaccesskeyid bearer clientsecret code
    credential csrftoken idtoken jwt key keypairid magic magiclink oauthtoken otp pass passwd password pwd refreshtoken
    resettoken secret secretkey session sessionid sessiontoken sid sig signature ticket token xamzcredential
    xamzsecuritytoken xamzsignature xgoogcredential xgoogsignature
"""
_PARAMETERS = frozenset(_TELLING.split())
_PARAMETER = re.compile(r"[?&#;]([\w.-]{1,40})=([\w.~%+/=:!*-]{6,})")
_USERINFO = re.compile(r"[^\s/:?#]*:([^\s/]+)\Z")
_LONGEST_USERINFO = 200


def api_keys(text: str, shape: Shape) -> Iterator[Found]:
    if _SHORTEST in shape.words:
        for prefix, tail in KEYS.items():
            if prefix in text:
                yield from _keys(text, prefix, tail)
    if "PRIVATE KEY-----" in text:
        yield from _private_keys(text)


def _keys(text: str, prefix: str, tail: re.Pattern[str]) -> Iterator[Found]:
    before = _STANDS_BEFORE_LONG.get(prefix, _STANDS_BEFORE)
    start = text.find(prefix)
    while start >= 0:
        end = start + len(prefix)
        is_start = start == 0 or not before.match(text[start - 1])
        if is_start and (found := tail.match(text, end)):
            end = found.end()
            if sum(character.isdigit() for character in found[0][:_LONGEST_TOLD]) >= _LEAST_DIGITS.get(prefix, 0):
                yield start, end, text[start:end]
        start = text.find(prefix, end)


def _private_keys(text: str) -> Iterator[Found]:
    """From its first line to its last; one that was cut off, as far as it goes."""
    at = 0
    while begin := _BEGIN.search(text, at):
        last = text.find(_END, begin.end())
        rest = _BASE64.match(text, begin.end())
        at = last + len(_END) if last >= 0 else rest.end() if rest else begin.end()
        yield begin.start(), at, text[begin.start() : at]


def url_tokens(text: str, shape: Shape) -> Iterator[Found]:
    """The values of parameters that are named as secrets are, and passwords before a host. What they are for stays."""
    if "=" in text:
        for found in _PARAMETER.finditer(text):
            if found[1].lower().replace("-", "").replace("_", "") in _PARAMETERS:
                yield found.start(2), found.end(2), found[2]
    at = text.find("@") if "://" in text else -1
    while at >= 0:
        start = text.rfind("://", max(0, at - _LONGEST_USERINFO), at)
        if start >= 0 and (userinfo := _USERINFO.match(text, start + 3, at)):
            yield userinfo.start(1), at, userinfo[1]
        at = text.find("@", at + 1)
