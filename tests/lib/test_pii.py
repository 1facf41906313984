"""Personal data by its form: what is found, what is left alone, and that no text takes long."""

from __future__ import annotations

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import pii

MIB = 1024 * 1024


def redacted(text: str, *rules: str) -> str:
    """With the one spelling of each value in place of a pseudonym."""
    return pii.redact(text, rules or pii.RULES, lambda rule, value: f"[{rule} {value}]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail ann@example.com.", "Mail [email ann@example.com]."),
        ("<Ann.O'Brien+work@Mail.Example.co.uk>", "<[email ann.o'brien+work@mail.example.co.uk]>"),
        ("_ann@example.com_ and **ben@example.org**", "_[email ann@example.com]_ and **[email ben@example.org]**"),
        ("jörg@müller.de", "[email jörg@müller.de]"),
        ("почта иван@пример.рф!", "почта [email иван@пример.рф]!"),
        ("邮箱ann@example.com请回复", "邮箱[email ann@example.com]请回复"),
        ("mailto:ann%40example.com", "mailto:[email ann@example.com]"),
        (r"{\"to\": \"a\nann@example.com\"}", r"{\"to\": \"a\n[email ann@example.com]\"}"),
        ("a@b.de,c@d.org;e@f.info", "[email a@b.de],[email c@d.org];[email e@f.info]"),
    ],
)
def test_addresses_of_mail(text: str, expected: str) -> None:
    assert redacted(text, "email") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call +49 30 901820 now", "Call [phone +4930901820] now"),
        ("+44 (0)20 7946 0958", "[phone +442079460958]"),
        ("tel:+14155552671", "tel:[phone +14155552671]"),
        ("(415) 555-2671, 415-555-2671, 415.555.2671", ", ".join(["[phone +14155552671]"] * 3)),
        ("1-415-555-2671", "[phone +14155552671]"),
        ("0049 30 901820", "[phone +4930901820]"),
        ("+1 415 555 2671 14 12", "[phone +14155552671] 14 12"),
        ("电话+4930901820请", "电话[phone +4930901820]请"),
        (r"\n+4930901820", r"\n[phone +4930901820]"),
        ("+800 1234 5678", "[phone +80012345678]"),
    ],
)
def test_telephones(text: str, expected: str) -> None:
    assert redacted(text, "phone") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4111111111111111", "[card 4111111111111111]"),
        ("4111 1111 1111 1111", "[card 4111111111111111]"),
        ("4111-1111-1111-1111.", "[card 4111111111111111]."),
        ("4111 1111 1111 1111 123", "[card 4111111111111111] 123"),
        ("3782 822463 10005", "[card 378282246310005]"),
        ("5555555555554444,12/27,123", "[card 5555555555554444],12/27,123"),
        ("7,6011111111111117", "7,[card 6011111111111117]"),
        ("30569309025904", "[card 30569309025904]"),
        ("2223003122003222", "[card 2223003122003222]"),
    ],
)
def test_cards(text: str, expected: str) -> None:
    assert redacted(text, "card") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DE89370400440532013000", "[iban DE89370400440532013000]"),
        ("to DE89 3704 0044 0532 0130 00 BIC COBADEFF", "to [iban DE89370400440532013000] BIC COBADEFF"),
        ("de89 3704 0044 0532 0130 00", "[iban DE89370400440532013000]"),
        ("IBAN:GB29NWBK60161331926819.", "IBAN:[iban GB29NWBK60161331926819]."),
        ("NO93 8601 1117 947", "[iban NO9386011117947]"),
        ("MT84MALT011000012345MTLCAST001S", "[iban MT84MALT011000012345MTLCAST001S]"),
    ],
)
def test_bank_accounts(text: str, expected: str) -> None:
    assert redacted(text, "iban") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 203.0.113.7.", "from [ip 203.0.113.7]."),
        ("http://203.0.113.7:8000/x and 10.0.0.0/8", "http://[ip 203.0.113.7]:8000/x and [ip 10.0.0.0]/8"),
        ("203.0.113.7-203.0.113.9", "[ip 203.0.113.7]-[ip 203.0.113.9]"),
        ("2001:0DB8:0:0:0:8A2E:0370:7334", "[ip 2001:db8::8a2e:370:7334]"),
        ("[2001:db8::8a2e:370:7334]:443", "[[ip 2001:db8::8a2e:370:7334]]:443"),
        ("fe80::1 ::ffff:203.0.113.7", "[ip fe80::1] [ip ::ffff:203.0.113.7]"),
    ],
)
def test_addresses_of_machines(text: str, expected: str) -> None:
    found = redacted(text, "ip").replace("::ffff:cb00:7107", "::ffff:203.0.113.7")
    assert found == expected


A, D = "AbCdEfGhIjKlMnOpQrStUvWxYz", "0123456789"


@pytest.mark.parametrize(
    "key",
    [
        f"sk-{A}{D}",
        f"sk-proj-{A}_{D}-x",
        f"sk-ant-api03-{A}{D}",
        f"sk_live_{A}",
        f"ghp_{A}{D}",
        f"github_pat_{A}",
        f"glpat-{A}",
        "AKIAIOSFODNN7EXAMPLE",
        f"AIza{A}{D}",
        f"xoxb-{D}-{D}-{A}",
        f"hf_{A}{D}",
        f"SG.{A}.{A}{D}",
        f"eyJ{A}.eyJ{A}.{A}",
        f"npm_{A}{D}",
        f"fw_{A}{D}{D}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{A}\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_keys_of_known_prefixes(key: str) -> None:
    assert redacted(f'k="{key}", _{key}', "api_key").startswith(f'k="[api_key {key}]"')
    assert redacted(key, "api_key") == f"[api_key {key}]"
    if "-----" not in key:
        assert redacted(f"prefix{key}", "api_key") == f"prefix{key}"


def test_a_private_key_that_was_cut_off_is_taken_as_far_as_it_goes() -> None:
    cut = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0"
    assert redacted(f"{cut}… and so on", "api_key") == f"[api_key {cut}]… and so on"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x.com/a?b=1&access_token=abc123&c=2", "https://x.com/a?b=1&access_token=[url_token abc123]&c=2"),
        ("/reset?token=a.b-c_d~e#top", "/reset?token=[url_token a.b-c_d~e]#top"),
        ("https://x.com/cb#id_token=abcdefgh", "https://x.com/cb#id_token=[url_token abcdefgh]"),
        ("https://s3/x?X-Amz-Signature=0a1b2c3d", "https://s3/x?X-Amz-Signature=[url_token 0a1b2c3d]"),
        ("postgres://me:s3cret@db:5432/x", "postgres://me:[url_token s3cret]@db:5432/x"),
        ("https://ghp@x.com and a://b:c", "https://ghp@x.com and a://b:c"),
    ],
)
def test_tokens_in_urls(text: str, expected: str) -> None:
    assert redacted(text, "url_token") == expected


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-06 12:34:56, 06.05.2024, 2024-05-06T12:34:56.789Z, +02:00, 1,234,567.89 and 3.141592653589793",
        "order 123-4567890-1234567, invoice 2024-000123, tracking 1Z999AA10123456784, ISBN 978-3-16-148410-0",
        "123e4567-e89b-12d3-a456-426614174000 d41d8cd98f00b204e9800998ecf8427e 1700000000000000000 1714990000123",
        "v1.2.3.4, version 1.2.3.4, Chrome/99.0.0.1, 1.2.3, lodash@4.17.21, python 3.11.9, ==1.10.0.2024",
        "git@github.com:me/it.git, image@2x.png, @decorator.of(x), user@localhost, a @ b.c, f(x)@g",
        "std::vector<int>, a::b, Foo::Bar::baz, aa:bb:cc:dd:ee:ff, 10:20:30, {a:1,b:2}, ::, ::1, 127.0.0.1, 0.0.0.0",
        "sk-circle-fade-dot-container-element, task-force, risk-adjusted, disk-usage, hf_home, SG.example, eyJ",
        "?page=2&sort=name&key=1, a && b, x ? y : z, &nbsp; &amp;, if (a&token==b), https://example.com:8080/a@b",
        "4111 1111 1111 1112, 4111111111111110, 1234567812345670, 0000000000000000, DE88370400440532013000",
        "00123456789, 0012345678901, C++11, +1, 1+1=2, +123, +++, 555-1234, 123-456-7890, 12-34-56",
        "255.255.255.0, 256.1.1.1, 1.2.3.4.5, 1.2.3.4-beta",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert redacted(text) == text


def test_one_value_has_one_spelling() -> None:
    for one, other in (
        ("Ann@Example.com", "ann@example.COM"),
        ("+49 30 901820", "+49(30)901820"),
        ("4111-1111-1111-1111", "4111111111111111"),
        ("GB29 NWBK 6016 1331 9268 19", "gb29nwbk60161331926819"),
        ("2001:db8:0:0::1", "2001:DB8::1"),
    ):
        assert redacted(one) == redacted(other) != one


def test_only_the_rules_that_are_asked_for_count() -> None:
    text = "ann@example.com +49 30 901820 203.0.113.7"
    assert redacted(text, "ip") == "ann@example.com +49 30 901820 [ip 203.0.113.7]"
    assert pii.redact(text, (), lambda rule, value: "x") is text


def test_what_two_rules_find_in_one_place_is_replaced_once_and_whole() -> None:
    text = "https://me:secret@example.com/?token=AKIAIOSFODNN7EXAMPLE&x=ann@example.com"
    spans = pii.find(text, pii.RULES)
    assert [span.rule for span in spans] == ["url_token", "api_key", "email"]
    assert all(earlier.end <= later.start for earlier, later in itertools.pairwise(spans))
    assert "secret" not in redacted(text, "email", "url_token").partition("/?")[0].replace("[url_token secret", "")


PIECES = st.sampled_from(
    (
        *("ann@example.com", "+49 30 901820", "4111111111111111", "DE89370400440532013000", "203.0.113.7"),
        *("2001:db8::1:2", f"sk-{A}{D}", "https://x.com/?token=abcdef12", "eyJ", "00"),
        *(" ", "\n", ", ", "a", "1", ".", "-", "@", ":", "+", "\\n", "請"),
    )
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_finds_are_in_order_and_apart_wherever_they_stand(text: str) -> None:
    spans = pii.find(text, pii.RULES)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_what_is_redacted_holds_nothing_more_to_redact(text: str) -> None:
    once = pii.redact(text, pii.RULES, lambda rule, value: f"[{rule}-3f9a1c22aa]")
    assert pii.redact(once, pii.RULES, lambda rule, value: f"[{rule}-3f9a1c22aa]") == once


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    assert isinstance(redacted(text), str)


HOSTILE = (
    *("a", "@", "a@", "a.", "@a.", "a@a.", "a@a.a", "a@-a.", "%40", "a%40", "xn--.", "a.xn--", "🙂"),
    *("1", "1 ", "+1", "+1 ", "+1-", "+1 2 3 4 5 6 7 8 9 ", "+49 30 9018201 ", "00 1 ", "(", "((1", "(415) 555-"),
    *("415-555-2671 ", "4", "4111 ", "4111-1111-", "DE89", "DE89 ", "DE89 3704 "),
    *("a:", "1:", "::", "a::", "1.", "1.1.1.", "://", "://a:", "://a:b", "?a=", "?token=", "&token=aaaaaaa", "\\n"),
    *("sk-", "-sk-", "eyJ", "-eyJ", "eyJaaaaaaaaaaaa.", "eyJaaaaaaaaaaaa.eyJ", "SG.aaaaaaaaaaaaaaaaaaaa", "SG.-"),
    *("-----BEGIN PRIVATE KEY-----", "PRIVATE KEY-----"),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_is_linear_in_the_text(piece: str) -> None:
    """A quarter of a MiB of each, with and without an end that fits; quadratic work would take minutes."""
    text = (piece * (MIB // 4))[: MIB // 4]
    for hostile in (text, f"{text}@", f"x{text}@example.com", f"{text}\0"):
        started = time.process_time()
        redacted(hostile)
        assert time.process_time() - started < 3


def test_a_common_text_is_passed_over_quickly() -> None:
    """About 25 µs for 2,000 characters on a quiet machine; the bound leaves room for a busy one."""
    text = "Thank you for the figures of 2024-05-06. I come back on Monday at 10:30 with 3 questions. " * 22
    started = time.process_time()
    for _ in range(200):
        assert pii.find(text, pii.RULES) == []
    spent = (time.process_time() - started) / 200
    print(f"{len(text):,} characters: {spent * 1e6:.0f} µs")
    assert spent < 0.0005


def test_the_rules_are_named_as_words() -> None:
    assert all(re.fullmatch(r"[a-z_]{1,20}", rule) for rule in pii.RULES)
