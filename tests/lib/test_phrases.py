"""Words of thanks and the like are found in the languages that have a list, quoted as they stand, and nowhere else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import phrases
from annotation.lib.phrases import PHRASES, Kind


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("OK, Thank  you so much!", "thanks", "Thank  you"),
        ("Vielen Dank für die Hilfe", "thanks", "Vielen Dank"),
        ("Merci !", "thanks", "Merci"),
        ("¡Muchas gracias!", "thanks", "gracias"),
        ("好的,谢谢你", "thanks", "谢谢"),
        ("ありがとうございます", "thanks", "ありがとう"),
        ("정말 감사합니다", "thanks", "감사합니다"),
        ("Спасибо большое", "thanks", "Спасибо"),
        ("That\u2019s wrong, it is Tuesday.", "complaint", "That\u2019s wrong"),
        ("This still doesn't work", "complaint", "doesn't work"),
        ("Das stimmt nicht.", "complaint", "stimmt nicht"),
        ("Ça ne marche pas", "complaint", "ne marche pas"),
        ("你说的不对", "complaint", "不对"),
        ("Can I please speak to a person?", "person", "speak to a person"),
        ("我要转人工", "person", "转人工"),
        ("I'm sorry, I cannot assist with that.", "refusal", "I cannot assist"),
        ("Dabei kann ich nicht helfen.", "refusal", "kann ich nicht helfen"),
        ("抱歉,我无法回答这个问题", "refusal", "我无法"),
        ("I couldn't find anything about it.", "unknown", "I couldn't find"),
    ],
)
def test_words_are_found_and_quoted_as_they_stand(text: str, kind: Kind, words: str) -> None:
    assert phrases.find(text, kind) == words


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("No thanks.", "thanks"),
        ("Thanks to the new pump it runs.", "thanks"),
        ("Nein, danke", "thanks"),
        ("Merci de corriger la date", "thanks"),
        ("Llegó gracias a su ayuda", "thanks"),
        ("thanksgiving dinner", "thanks"),
        ("What is wrong with my car?", "complaint"),
        ("Tell me what to do if it doesn't work", "complaint"),
        ("这个答案对不对?", "complaint"),
        ("A person came to the door", "person"),
        ("", "thanks"),
    ],
)
def test_what_only_looks_like_them_is_passed_over(text: str, kind: Kind) -> None:
    assert phrases.find(text, kind) is None


# Each says thanks, that something is wrong, and that a person is wanted.
OTHER_LANGUAGES = [
    "Tack så mycket! Det där är fel. Kan jag få prata med en människa?",
    "Kiitos paljon! Tuo on väärin. Voinko puhua ihmisen kanssa?",
    "Köszönöm szépen! Ez nem jó. Beszélhetnék egy emberrel?",
    "Cảm ơn bạn! Sai rồi. Tôi muốn nói chuyện với người thật.",
    "Ευχαριστώ πολύ! Αυτό είναι λάθος. Μπορώ να μιλήσω με άνθρωπο;",  # noqa: RUF001
    "ขอบคุณมาก มันผิด ขอคุยกับคนได้ไหม",
    "תודה רבה! זה לא נכון. אפשר לדבר עם נציג?",
]


@pytest.mark.parametrize("text", OTHER_LANGUAGES)
def test_in_a_language_without_a_list_nothing_is_said(text: str) -> None:
    assert [phrases.find(text, kind) for kind in PHRASES] == [None] * len(PHRASES)


@pytest.mark.parametrize("kind", PHRASES)
def test_each_phrase_of_each_list_is_found(kind: Kind) -> None:
    for language, listed in PHRASES[kind].items():
        for phrase in listed.split("|"):
            assert phrases.find(f"({phrase.upper()})", kind) is not None, (language, phrase)


def test_an_answer_that_tells_of_a_refusal_later_on_does_not_refuse() -> None:
    assert phrases.find("He said: “" + "so " * 200 + "I can't help”.", "refusal") is None


@given(st.text(), st.sampled_from(sorted(PHRASES)))
def test_what_is_found_stands_in_the_text(text: str, kind: Kind) -> None:
    found = phrases.find(f"{text} thank you", kind)
    assert found is None or found in f"{text} thank you"


def test_no_text_takes_long() -> None:
    started = time.process_time()
    for kind in PHRASES:
        for text in ("that" * 100_000, "thank \n" * 100_000, " " * 500_000, "i\u2019m " * 100_000):
            phrases.find(text, kind)
    assert time.process_time() - started < 1
