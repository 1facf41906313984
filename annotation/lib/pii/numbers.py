"""Numbers that carry their own proof: of telephones, cards and bank accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from annotation.lib.pii.span import WORD, Found, Shape

_GAP = r"[ \u00a0\u202f-]"

# --- Telephones

# Each pattern begins with what its first character can be, and looks back behind it: so a search passes quickly over
# what can't begin one.
_GAPS = " \u00a0\u202f./()-"
_PLUS = re.compile(rf"\+(?<![{WORD}+].)[1-9](?:[{_GAPS}]{{0,3}}[0-9]){{6,14}}(?![{WORD}])")
# Only with gaps, since order numbers start with zeros too.
_ZEROS = re.compile(rf"00(?<![{WORD}+]..) ?[1-9][0-9]{{0,2}}[{_GAPS}](?:[{_GAPS}]{{0,2}}[0-9]){{6,12}}(?![{WORD}])")
_NORTH_AMERICAN = re.compile(
    rf"[0-9(](?<![{WORD}+].)(?<![0-9][.-].)(?:(?<=1)[-. ][0-9(])?"
    rf"(?:(?<=\()[0-9]{{3}}\) ?|(?<=[0-9])[0-9]{{2}}[-.])[0-9]{{3}}[-.][0-9]{{4}}(?![{WORD}]|[.-][{WORD}])"
)
_TRUNK = "(0)"
_SHORTEST_PHONE = 7
_LONGEST_CODE = 3
_MOST_GROUPS_BEHIND = 5
_NO_GAPS = {ord(gap): None for gap in _GAPS}

# --- Cards: by the first digits, the lengths that are issued.

_CARDS: tuple[tuple[range, frozenset[int]], ...] = (
    (range(300, 306), frozenset({14, 16})),  # Diners Club
    (range(309, 310), frozenset({14, 16})),
    (range(340, 350), frozenset({15})),  # American Express
    (range(352, 359), frozenset({16, 17, 18, 19})),  # JCB
    (range(360, 370), frozenset({14, 16})),
    (range(370, 380), frozenset({15})),
    (range(380, 400), frozenset({14, 16})),
    (range(400, 500), frozenset({13, 16, 19})),  # Visa
    (range(500, 510), frozenset({16, 18, 19})),  # Maestro
    (range(510, 560), frozenset({16})),  # Mastercard
    (range(222, 273), frozenset({16})),
    (range(560, 590), frozenset({16, 18, 19})),
    (range(601, 602), frozenset({16, 19})),  # Discover
    (range(620, 630), frozenset({16, 17, 18, 19})),  # UnionPay
    (range(644, 660), frozenset({16, 19})),
    (range(670, 680), frozenset({16, 18, 19})),
)
_CARD = re.compile(
    rf"[0-9](?<![{WORD}].)(?<![0-9][.-].)[0-9]{{3}}(?:[0-9]{{9,15}}"
    rf"|({_GAP})[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{1,4}}(?:\1[0-9]{{3}})?"
    rf"|({_GAP})[0-9]{{6}}\2[0-9]{{4,5}})(?![{WORD}]|[.-][0-9])"
)
_LUHN = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_CARD_SHAPES = (b"0" * 13, b"0000 0000", b"0000 000000")

# --- Bank accounts: the length of an IBAN by its country (SWIFT's registry).

_IBAN_LENGTHS: Mapping[int, str] = {
    15: "NO",
    16: "BE",
    18: "DK FO FI GL NL SD FK",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK MN",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ TL SO OM",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BF BJ BY CI CY DO GT HN HU LB ML NI PL SN SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_LENGTH = {country: length for length, countries in _IBAN_LENGTHS.items() for country in countries.split()}
_IBAN_DIGITS = re.compile(r"[0-9](?<=[A-Za-z]{2}.)(?<![A-Za-z0-9].{3})[0-9](?=[ \u00a0]?[A-Za-z0-9]{4})")


def phones(text: str, shape: Shape) -> Iterator[Found]:
    for start, pattern in ((b"+0", _PLUS), (b"00", _ZEROS)):
        if start in shape.kinds:
            for found in pattern.finditer(text):
                if number := _phone(found[0]):
                    yield found.start(), found.start() + number[0], number[1]
    if b"000 0000" in shape.kinds or b"000.0000" in shape.kinds:
        for found in _NORTH_AMERICAN.finditer(text):
            digits = found[0].translate(_NO_GAPS)[-10:]
            if _is_phone("1", digits):
                yield found.start(), found.end(), f"+1{digits}"


def _phone(text: str) -> tuple[int, str] | None:
    """How much of the text is a telephone's number, and that number: what follows it may be another one."""
    for _ in range(_MOST_GROUPS_BEHIND):
        digits = text.replace(_TRUNK, "").translate(_NO_GAPS).removeprefix("+").removeprefix("00")
        code = _calling_code(digits)
        if code is None or len(digits) < _SHORTEST_PHONE:
            return None
        if _is_phone(code, digits[len(code) :]):
            return len(text), f"+{digits}"
        text = _without_last_group(text)
    return None


def _without_last_group(text: str) -> str:
    return text.rstrip("0123456789").rstrip(_GAPS)


def _calling_code(digits: str) -> str | None:
    """No code is the beginning of another one."""
    codes = (digits[:length] for length in range(1, _LONGEST_CODE + 1))
    return next((code for code in codes if int(code) in COUNTRY_CODE_TO_REGION_CODE), None)


def _is_phone(code: str, national: str) -> bool:
    lengths, patterns = _national_numbers(code)
    return len(national) in lengths and any(pattern.fullmatch(national) for pattern in patterns)


@cache
def _national_numbers(code: str) -> tuple[frozenset[int], tuple[re.Pattern[str], ...]]:
    """How long numbers are in the countries of this calling code, and what they look like, by phonenumbers' data.

    Its own parser takes 0.1 ms for a number, and this has to read whatever is sent.
    """
    described = [_general(region, int(code)) for region in COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())]
    patterns = dict.fromkeys(one.national_number_pattern for one in described if one.national_number_pattern)
    lengths = frozenset(length for one in described for length in one.possible_length)
    return lengths, tuple(re.compile(pattern) for pattern in patterns)


def _general(region: str, code: int) -> PhoneNumberDesc:
    """What all numbers of a region have in common; “001” are numbers of no country."""
    is_country = region != "001"
    found = PhoneMetadata.metadata_for_region(region) if is_country else PhoneMetadata.metadata_for_nongeo_region(code)
    return found.general_desc if found and found.general_desc else PhoneNumberDesc()


def cards(text: str, shape: Shape) -> Iterator[Found]:
    if not any(run in shape.kinds for run in _CARD_SHAPES):
        return
    for found in _CARD.finditer(text):
        written = found[0]
        # Behind four groups of a card often stand the three digits of its back.
        shorter = re.sub(rf"{_GAP}[0-9]{{3}}\Z", "", written) if found[1] else written
        for text_of_card in dict.fromkeys((written, shorter)):
            digits = text_of_card.translate(_NO_GAPS)
            if _is_card(digits):
                yield found.start(), found.start() + len(text_of_card), digits
                break


def _is_card(digits: str) -> bool:
    start = int(digits[:3])
    is_issued = any(start in starts and len(digits) in lengths for starts, lengths in _CARDS)
    return is_issued and len(set(digits)) > 1 and _luhn(digits)


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = sum(_LUHN[int(digit)] for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def ibans(text: str, shape: Shape) -> Iterator[Found]:
    if b"AA00" not in shape.kinds and b"aa00" not in shape.kinds:
        return
    for check in _IBAN_DIGITS.finditer(text):
        start = check.start() - 2
        country = text[start : start + 2]
        length = _LENGTH.get(country.upper())
        found = (
            _body(length - 4).match(text, check.end()) if length and (country.isupper() or country.islower()) else None
        )
        if found and _mod_97(iban := re.sub(r"\s", "", text[start : found.end()]).upper()):
            yield start, found.end(), iban


@cache
def _body(length: int) -> re.Pattern[str]:
    return re.compile(rf"(?:[ \u00a0]?[A-Za-z0-9]){{{length}}}(?![A-Za-z0-9])")


def _mod_97(iban: str) -> bool:
    """ISO 13616: letters as numbers from 10, the first four characters last, remainder 1."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1
