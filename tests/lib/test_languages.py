"""The language of a text, guessed; where that can't be told, nothing is said."""

from __future__ import annotations

import pytest

from annotation.lib import languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Thank you for the letter. This is what you have asked for, and it is not much.", "en"),
        ("Vielen Dank für den Brief. Das ist nicht, was die Kundin auf der Seite sucht.", "de"),
        ("Merci pour la lettre. Les clients ne sont pas dans le système, et vous non plus.", "fr"),
        ("El pedido está en la oficina, pero los papeles no están con el cliente y se puede ver.", "es"),
        ("Il pacco è nella sede, ma gli altri sono per il cliente che non ha più una chiave.", "it"),
        ("Het pakket is niet van de klant, en er zijn ook brieven voor de balie.", "nl"),
        ("Посылка не на складе, и это не то, что вы просили для клиента.", "ru"),
        ("ご注文の商品は発送されました。", "ja"),
        ("您的订单已经发出。", "zh"),
        ("주문하신 상품이 발송되었습니다.", "ko"),
        ("تم شحن طلبك اليوم", "ar"),
        ("OK", None),
        ("", None),
        ("x = f(y) + 12", None),
        ("lorem ipsum dolor sit amet", None),
    ],
)
def test_the_language_is_told_by_letters_and_small_words(text: str, language: str | None) -> None:
    assert languages.guess(text) == language
