"""Which language a text is written in, guessed from its letters and its commonest small words.

A guess, for sorting: of a short text, a mixed one, or a language that is not listed, nothing is said.
"""

from __future__ import annotations

import re
from collections import Counter

MAX_CHARS = 4_000
"""Characters of a text that are looked at."""

MIN_WORDS = 3
"""Small words of the language that must be found, and half as many again as of any other."""

# Letters that one of these languages mostly uses alone. Japanese goes first: it writes Han too.
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ar": re.compile("[\u0600-\u06ff]"),
}
_LETTER = re.compile(r"[^\W\d_]")
_MIN_SCRIPT = 0.4
_MIN_KANA = 0.1

# Two languages share many of their small words: only those that tell it from its neighbors are listed.
_WORDS = {
    "en": "the and of is that with for you this are was have not be your can",
    "de": "der die und das ist nicht ein eine mit auf für sich den dem zu auch werden",
    "fr": "le les des et est dans une pour qui pas sur vous avec au ce sont cette",
    "es": "el los las y es por una del con se está como más pero muy puede su",
    "pt": "o os uma não com é por mais do da dos das em você são um seu",
    "it": "il di che è per non una con sono della nel gli anche più questo si i",
    "nl": "de het een van en is dat op te zijn niet voor met aan er ook je",
    "pl": "nie na się z jest że jak dla są przez od można oraz czy ale tak który",
    "ru": "и в не на что с по это как для из вы он от может или они",  # noqa: RUF001
    "uk": "і в не на що з та це як для він від може або ви які є",  # noqa: RUF001
    "tr": "ve bir bu için ile da de olarak daha çok gibi ne olan en değil",
    "vi": "là và của có không các một cho được trong với những để này người",
}
_LANGUAGES: dict[str, list[str]] = {}
for _language, _listed in _WORDS.items():
    for _word in _listed.split():
        _LANGUAGES.setdefault(_word, []).append(_language)
_WORD = re.compile(r"[^\W\d_]+")


def guess(text: str) -> str | None:
    """The language as a two-letter code (ISO 639-1), or None where that can't be told."""
    looked_at = text[:MAX_CHARS]
    letters = len(_LETTER.findall(looked_at))
    if not letters:
        return None
    for language, script in _SCRIPTS.items():
        share = len(script.findall(looked_at)) / letters
        if share >= (_MIN_KANA if language == "ja" else _MIN_SCRIPT):
            return language
    return _by_words(looked_at)


def _by_words(text: str) -> str | None:
    found = Counter(language for word in _WORD.findall(text.lower()) for language in _LANGUAGES.get(word, ()))
    ranked = found.most_common(2)
    if not ranked or ranked[0][1] < MIN_WORDS:
        return None
    return ranked[0][0] if len(ranked) == 1 or ranked[0][1] >= 1.5 * ranked[1][1] else None
