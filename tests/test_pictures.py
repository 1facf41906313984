"""The README's picture is of the page as it is."""

from __future__ import annotations

from tests import pictures


def test_the_picture_was_taken_of_what_the_page_is_made_of_now() -> None:
    now, then = pictures.sources(), pictures.taken_from()
    changed = sorted(path for path in now.keys() | then.keys() if now.get(path) != then.get(path))
    assert changed == [], (
        "docs/pictures/annotate.png may show what is no longer there: run `make pictures` and look at it"
    )


def test_what_the_page_is_made_of_is_followed_through_its_templates() -> None:
    found = pictures.sources()
    assert {
        "templates/base.html",
        "templates/components/reasons.html",
        "annotation/static/annotation/base.css",
        "annotation/static/annotation/item.css",
        "annotation/sample/email-drafts.jsonl",
    } <= found.keys()
    assert "templates/review/review.html" not in found
