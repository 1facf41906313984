"""JSON in one form only (RFC 8785, JSON Canonicalization Scheme), so that equal values have equal bytes and hashes."""

import hashlib
import math
from collections.abc import Collection

import orjson

MAX_DEPTH = 200
"""Levels of nesting that are written. The RFC sets none; the JSON writer underneath stops at 254."""

_PLAIN = frozenset({str, bool, type(None)})
EXACT = 2**53
"""Every integer up to here is a double."""


class NotCanonicalError(ValueError):
    """The value has no canonical form: NaN, infinity, a lone surrogate, a key that isn't text, or too deep."""


def dumps(value: object, *, plain: bool | None = None) -> bytes:
    """UTF-8 bytes of a value made of dict, list, tuple, str, int, float, bool and None.

    Keys are sorted by UTF-16 code units, numbers are written as ECMAScript writes doubles.
    Beyond the RFC: an integer over 2**53 keeps all its digits, where a reader that knows doubles only would round it.
    So two records that differ in a 64-bit id alone don't become one.

    `plain`: whether it `is_plain`, where that is known. Raises NotCanonicalError.
    """
    try:
        if is_plain(value) if plain is None else plain:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return orjson.dumps(_ordered(value, MAX_DEPTH))
    except orjson.JSONEncodeError as error:
        raise NotCanonicalError(str(error)) from error


def sha256(value: object) -> str:
    """SHA-256 of the canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(dumps(value)).hexdigest()


def is_plain(value: object, depth: int = MAX_DEPTH) -> bool:
    """Whether the writer's own form is canonical: ASCII keys, no numbers but small integers. Most records are so."""
    # By type and not by isinstance, and whole containers at once: this runs for every value that is sent.
    if type(value) is dict:
        if not _has_ascii_keys(value):
            return False
        inside: Collection[object] = value.values()
    elif type(value) is list:
        inside = value
    elif type(value) is int:
        return -EXACT <= value <= EXACT
    else:
        return type(value) in _PLAIN
    if depth == 0:
        return False
    if _PLAIN.issuperset(map(type, inside)):
        return True
    return all([is_plain(one, depth - 1) for one in inside if type(one) is not str])  # noqa: C419 - faster so


def _has_ascii_keys(value: dict[object, object]) -> bool:
    try:
        return "".join(value).isascii()  # type: ignore[arg-type]
    except TypeError:
        return False


def _ordered(value: object, depth: int) -> object:
    """The same value with sorted keys, and each number that the writer would write otherwise already written."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -EXACT <= value <= EXACT else orjson.Fragment(str(value))
    if isinstance(value, float):
        return orjson.Fragment(_number(value))
    if depth == 0:
        raise NotCanonicalError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {key: _ordered(value[key], depth - 1) for key in _sorted_keys(value)}
    if isinstance(value, list | tuple):
        return [_ordered(entry, depth - 1) for entry in value]
    raise NotCanonicalError(f"{type(value).__name__} is not a JSON type")


def _sorted_keys(value: dict[object, object]) -> list[str]:
    keys: list[str] = []
    for key in value:
        if not isinstance(key, str):
            raise NotCanonicalError(f"a key must be text, not {type(key).__name__}")
        keys.append(key)
    # For ASCII keys code points and UTF-16 units sort alike; they differ only above U+FFFF.
    return sorted(keys) if all(map(str.isascii, keys)) else sorted(keys, key=_utf16)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _number(value: float) -> str:
    """ECMA-262 Number::toString. Python's repr has the same shortest digits and other rules for the exponent."""
    if not math.isfinite(value):
        raise NotCanonicalError(f"{value} is not a JSON number")
    if value.is_integer() and abs(value) <= EXACT:
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa.removesuffix(".0")
    power = int(exponent)
    if power >= 21 or power < -6:
        return f"{mantissa}e{power:+d}"
    sign = "-" if value < 0 else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return sign + (digits.ljust(power + 1, "0") if power > 0 else "0." + "0" * (-power - 1) + digits)
