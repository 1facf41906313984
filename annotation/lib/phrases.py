"""Words that people thank, complain or ask for a person with, and that answers refuse with: short lists, by language.

What is found is quoted, and nothing else is claimed: that these words stand in the text. Where none is found nothing
is known, least of all in a language that has no list. A phrase is in a list only if it says the same in every language
whose text may hold it, so that the language of a text need not be guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Kind = Literal["thanks", "complaint", "person", "refusal", "unknown"]

MAX_CHARS = 2_000
"""Characters of a message that are looked at."""

MAX_OPENING = 400
"""Characters of an answer: it refuses at its start, and what comes later may be a story."""

_OPENING_ONLY = frozenset({"refusal", "unknown"})

PHRASES: Mapping[Kind, Mapping[str, str]] = {
    "thanks": {
        "en": "thank you|thank u|thanks|thx|much appreciated",
        "de": "danke|dankeschön|vielen dank|herzlichen dank|besten dank",
        "fr": "merci",
        "es": "gracias",
        "pt": "obrigado|obrigada",
        "it": "grazie",
        "nl": "bedankt|dank je|dank u|dankjewel",
        "pl": "dziękuję|dzięki",
        "ru": "спасибо|благодарю",
        "tr": "teşekkürler|teşekkür ederim",
        "ja": "ありがとう|助かりました",
        "zh": "谢谢|謝謝|多谢|多謝",
        "ko": "감사합니다|고마워|고맙습니다",
        "ar": "شكرا|شكراً",
        "hi": "धन्यवाद|शुक्रिया",
    },
    "complaint": {
        "en": "that's wrong|that is wrong|this is wrong|still wrong|wrong answer|you're wrong|you are wrong"
        "|is incorrect"
        "|that's incorrect|not correct|isn't correct|that's not right|this isn't right|that's not true|not what i asked"
        "|not what i meant|not what i wanted|not helpful|doesn't help|does not help|didn't help|did not help"
        "|doesn't work|does not work|didn't work|did not work|still not working|you didn't answer|you did not answer"
        "|you misunderstood|makes no sense|you made a mistake|i already told you|i already said|useless|nonsense",
        "de": "das ist falsch|falsche antwort|stimmt nicht|nicht richtig|nicht korrekt|nicht was ich|nicht, was ich"
        "|funktioniert nicht|hilft nicht|hat nicht geholfen|unsinn|quatsch",
        "fr": "c'est faux|pas correct|mauvaise réponse|pas ce que j'ai demandé|ne marche pas|ne fonctionne pas"
        "|n'importe quoi",
        "es": "está mal|es incorrecto|no es correcto|respuesta incorrecta|no es lo que pedí|no es lo que pregunté"
        "|no funciona|no me sirve",
        "pt": "está errado|não está certo|resposta errada|não é o que eu pedi|não funciona|não ajudou",
        "it": "è sbagliato|non è corretto|risposta sbagliata|non è quello che ho chiesto|non funziona",
        "nl": "klopt niet|dat is fout|is onjuist|niet wat ik vroeg|werkt niet",
        "pl": "to nieprawda|błędna odpowiedź|nie o to pytałem|nie o to pytałam|nie działa",
        "ru": "неправильно|это неверно|не то, что я просил|не работает|не помогло",
        "tr": "bu yanlış|doğru değil|çalışmıyor",  # noqa: RUF001
        "ja": "違います|間違って|間違いです|動きません|そうじゃない",
        "zh": "不对|不對|错了|錯了|不正确|不正確|不是我要的|没用|沒用|答非所问",
        "ko": "틀렸|작동하지 않|도움이 안",
        "ar": "غير صحيح|لا يعمل",
        "hi": "गलत है|काम नहीं कर",
    },
    "person": {
        "en": "talk to a human|speak to a human|talk to a person|speak to a person|speak with a person|real person"
        "|human agent|live agent|talk to an agent|speak to an agent|speak with an agent|talk to someone"
        "|speak to someone"
        "|speak with someone|a representative",
        "de": "mit einem menschen|mit einem mitarbeiter|mit einer mitarbeiterin|mit jemandem sprechen|echten menschen",
        "fr": "parler à un humain|parler à quelqu'un|parler à une personne|parler à un conseiller|vraie personne",
        "es": "hablar con una persona|hablar con alguien|hablar con un agente|persona real",
        "pt": "falar com uma pessoa|falar com um atendente|falar com alguém",
        "it": "parlare con una persona|parlare con un operatore|parlare con qualcuno",
        "nl": "met een medewerker|met een mens|een echt persoon",
        "pl": "z konsultantem|z człowiekiem",
        "ru": "с оператором|с живым человеком",  # noqa: RUF001
        "ja": "人と話|オペレーターに|担当者に",
        "zh": "人工客服|转人工|轉人工|真人客服",
    },
    "refusal": {
        "en": "i can't help|i cannot help|i can't assist|i cannot assist|i can't provide|i cannot provide|i'm unable to"
        "|i am unable to|i'm not able to|i am not able to|i can't do that|i cannot do that|i can't fulfill"
        "|i cannot fulfill|i must decline|i'm not allowed to|i am not allowed to",
        "de": "kann ich nicht helfen|dabei nicht helfen|das kann ich nicht|darf ich nicht|ich kann nicht"
        "|bin nicht in der lage",
        "fr": "je ne peux pas|je ne suis pas en mesure|je ne suis pas autorisé",
        "es": "no puedo ayudarte|no puedo ayudarle|no puedo ayudar|no puedo proporcionar|no me es posible",
        "pt": "não posso ajudar|não posso fornecer|não consigo ajudar",
        "it": "non posso aiutarti|non posso aiutarla|non posso aiutare|non posso fornire|non sono in grado",
        "nl": "kan ik niet helpen|niet mee helpen|ben niet in staat",
        "pl": "nie mogę pomóc|nie mogę podać",
        "ru": "не могу помочь|я не могу",
        "ja": "お手伝いできません|できかねます|お答えできません",
        "zh": "我无法|我無法|无法提供|無法提供|不能提供",
        "ko": "도와드릴 수 없|제공할 수 없",
    },
    "unknown": {
        "en": "i don't know|i do not know|i'm not sure|i am not sure|i don't have information|i do not have information"
        "|i don't have any information|i couldn't find|i could not find|no information about|i don't have access"
        "|i do not have access",
        "de": "weiß ich nicht|ich weiß nicht|weiss ich nicht|ich weiss nicht|keine informationen|nichts gefunden",
        "fr": "je ne sais pas|je n'ai pas trouvé|aucune information|pas d'informations",
        "es": "no lo sé|no tengo información|no encontré|no he encontrado",
        "pt": "eu não sei|não tenho informações|não encontrei",
        "it": "non lo so|non ho informazioni|non ho trovato",
        "nl": "weet ik niet|geen informatie",
        "pl": "nie wiem|nie znalazłem",
        "ru": "я не знаю|не нашел|не нашёл",
        "ja": "わかりません|見つかりませんでした",
        "zh": "我不知道|没有找到|沒有找到|未找到",
        "ko": "모르겠습니다|찾을 수 없",
    },
}
"""By kind and language, apart by `|`."""

# What holds one of them and says something else.
_BUT: Mapping[Kind, str] = {
    "thanks": "no thanks|no, thanks|no thank you|no, thank you|thanks but no|thanks, but no"
    "|thanks for nothing|thanks to"
    "|nein danke|nein, danke|danke für nichts|non merci|non, merci|merci de|no gracias|no, gracias|gracias a"
    "|no grazie|no, grazie|grazie a|nee bedankt|nee, bedankt|不用谢|不用謝",
    "complaint": "if it doesn't work|if that doesn't work|if this doesn't work|if it does not work|对不对|對不對"
    "|对不對|是不是错了",
}

# Scripts that write no spaces have no ends of words to look for; Korean and Hindi endings grow on.
_OPEN = re.compile("[\u0900-\u097f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


def find(text: str, kind: Kind) -> str | None:
    """The first words of this kind in a text, as they stand there; None where there are none of those known."""
    looked_at = text[: MAX_OPENING if kind in _OPENING_ONLY else MAX_CHARS].replace("\u2019", "'")
    for found in _PATTERNS[kind].finditer(looked_at):
        if found["said"]:
            return text[found.start() : found.end()]
    return None


def _pattern(kind: Kind) -> re.Pattern[str]:
    said = [phrase for phrases in PHRASES[kind].values() for phrase in phrases.split("|")]
    but = _BUT.get(kind, "").split("|") if kind in _BUT else []
    return re.compile(f"(?P<but>{_any(but)})|(?P<said>{_any(said)})" if but else f"(?P<said>{_any(said)})", re.I)


def _any(phrases: list[str]) -> str:
    return "|".join(_one(phrase) for phrase in sorted(phrases, key=len, reverse=True))


def _one(phrase: str) -> str:
    spaced = r"\s+".join(map(re.escape, phrase.split()))
    return spaced if _OPEN.search(phrase) else rf"(?<!\w){spaced}(?!\w)"


_PATTERNS = {kind: _pattern(kind) for kind in PHRASES}
