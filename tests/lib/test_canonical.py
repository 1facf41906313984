"""The RFC's own vectors (RFC 8785, sections 3.2.2 and 3.2.3, appendix B), and the properties that hashes rest on."""

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import canonical

NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("bits", "written"), NUMBERS)
def test_a_double_is_written_as_the_rfc_writes_it(bits: str, written: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical.dumps(number) == written.encode()


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (4.50, "4.5"),
        (2e-3, "0.002"),
        (1e-27, "1e-27"),
        (1e30, "1e+30"),
        (1e-7, "1e-7"),
        (56.0, "56"),
        (-1.5e-5, "-0.000015"),
    ],
)
def test_the_exponent_follows_ecmascript(number: float, written: str) -> None:
    assert canonical.dumps(number) == written.encode()


def test_the_rfcs_sample_object_has_the_rfcs_bytes() -> None:
    sample = json.loads(
        r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
             "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    )
    assert (
        canonical.dumps(sample)
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_keys_sort_by_utf16_units() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = json.loads(canonical.dumps(dict.fromkeys(keys)))
    assert list(written) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize("code_point", [*range(0x20), 0x22, 0x5C])
def test_a_character_that_needs_an_escape_has_the_shortest_one(code_point: int) -> None:
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 0x22: '\\"', 0x5C: "\\\\"}
    escape = short.get(code_point, f"\\u{code_point:04x}")
    assert canonical.dumps(chr(code_point)) == f'"{escape}"'.encode()


@given(st.text())
def test_a_string_is_written_as_ecmascript_writes_it(text: str) -> None:
    assert canonical.dumps(text) == json.dumps(text, ensure_ascii=False).encode()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_reads_back_as_itself(number: float) -> None:
    assert float(canonical.dumps(number)) == number


@given(JSON_VALUES)
def test_writing_what_was_read_changes_no_byte(value: object) -> None:
    written = canonical.dumps(value)
    assert json.loads(written, parse_int=float) == value
    assert canonical.dumps(json.loads(written)) == written


@given(st.dictionaries(st.text(), st.integers(), min_size=2, max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical.sha256(value) == canonical.sha256(dict(reversed(value.items())))


def test_large_integers_that_differ_stay_different() -> None:
    assert canonical.dumps([2**53 + 1, -(2**70)]) == b"[9007199254740993,-1180591620717411303424]"


def test_the_hash_is_sha256_of_the_bytes() -> None:
    assert canonical.sha256({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize("value", [math.nan, math.inf, {"a": [-math.inf]}, "\ud800", {"\ud800": 1}, {1: 2}, {"a": b""}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(canonical.NotCanonicalError):
        canonical.dumps(value)


def test_nesting_is_bounded() -> None:
    value: object = 1
    for _ in range(canonical.MAX_DEPTH):
        value = [value]
    assert canonical.dumps(value).startswith(b"[[[")
    with pytest.raises(canonical.NotCanonicalError, match="deeper"):
        canonical.dumps({"a": value})
