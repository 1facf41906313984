"""`/insights/agreement/`: how far people agree, with intervals, and what to do about reasons that get confused."""

from __future__ import annotations

from django.utils import timezone

from annotation.models import Feature, User
from tests import crowd
from tests.web import pages

PAGE = "/insights/agreement/"


def test_agreement_stands_in_sentences_pictures_and_figures(feature: Feature, engineer: User, admin: User) -> None:
    crowd.fixed(feature, 2)
    now = timezone.now()
    alike = [("wrong_fact", "instruction_missed"), ("instruction_missed", "wrong_fact")]
    crowd.labeled(feature, [*alike * 20, *[("style", "style")] * 30], kind="thumbs_down", now=now)
    crowd.labeled(feature, [("verified", "verified")] * 95 + [("verified", "unread")] * 5, now=now)
    crowd.labeled(feature, [("taste", "taste")] * 3, kind="edited", now=now)
    answer = pages.sign_in(engineer).get(PAGE)
    words = pages.words(answer)
    for said in (
        "Two people give the same reason 74 times in 100",
        "By outcome alone",
        "One answer dominates: alpha is low because the others are rare, not because people disagree.",
        "Not said yet: 3 items have labels of two people or more. Figures come from 30 on: 27 more.",
        "Merge them: people can hardly tell them apart",
        "Sharpen the guideline",
        "Verified 97 % , Unread 3 %",
        "95 % 90 % – 99 % −.02 −.05 – .00",  # noqa: RUF001 - minus signs
    ):
        assert said in words
    assert '<rect class="cell"' in pages.text(answer)
    assert '<rect class="alpha likely"' in pages.text(answer)
    assert "Draft a version" not in words
    assert "Draft a version" in pages.words(pages.sign_in(admin).get(PAGE))


def test_without_such_items_the_page_says_where_they_would_come_from(feature: Feature, admin: User) -> None:
    words = pages.words(pages.sign_in(admin).get(PAGE))
    assert "Not said yet: 0 items have labels of two people or more." in words
    assert "Set how many label an item" in words
