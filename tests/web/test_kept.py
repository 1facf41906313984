"""`{% kept %}`: drawn once for what it names, with what is `fresh` drawn for each page."""

from __future__ import annotations

from typing import Any

from django.template import engines
from django.utils import translation


def template(text: str) -> Any:
    return engines["django"].from_string("{% load kept %}" + text)


def drawn(found: Any, **context: Any) -> str:
    return str(found.render(context))


def test_the_rest_is_drawn_once_for_each_value_that_it_names_and_what_is_fresh_each_time() -> None:
    page = template("{% kept kind %}{{ kind }} {{ rest }} {% fresh %}{{ item }}{% endfresh %}.{% endkept %}")
    assert drawn(page, kind="a", rest="first", item=1) == "a first 1."
    assert drawn(page, kind="a", rest="second", item=2) == "a first 2."
    assert drawn(page, kind="b", rest="third", item=3) == "b third 3."


def test_each_language_has_its_own() -> None:
    page = template("{% kept %}{{ said }}{% endkept %}")
    assert drawn(page, said="hello") == "hello"
    with translation.override("de"):
        assert drawn(page, said="hallo") == "hallo"
    assert drawn(page, said="again") == "hello"


def test_values_are_escaped_in_both() -> None:
    page = template("{% kept kind %}{{ kind }}{% fresh %}{{ item }}{% endfresh %}{% endkept %}")
    for _ in range(2):
        assert drawn(page, kind="<a>", item="<b>") == "&lt;a&gt;&lt;b&gt;"


def test_one_within_another_is_a_part_of_it_and_one_within_what_is_fresh_keeps_its_own() -> None:
    inner = "{% kept inner %}({{ inner }}{{ rest }}{% fresh %}{{ item }}{% endfresh %}){% endkept %}"
    nested = template("{% kept outer %}{{ outer }}" + inner + "{% endkept %}")
    assert drawn(nested, outer="o", inner="i", rest="r", item=1) == "o(ir1)"
    assert drawn(nested, outer="o", inner="j", rest="s", item=2) == "o(ir2)"
    apart = template("{% kept outer %}{{ outer }}{% fresh %}" + inner + "{% endfresh %}{% endkept %}")
    assert drawn(apart, outer="o", inner="i", rest="r", item=1) == "o(ir1)"
    assert drawn(apart, outer="o", inner="j", rest="s", item=2) == "o(js2)"
    assert drawn(apart, outer="o", inner="i", rest="t", item=3) == "o(ir3)"


def test_what_has_a_name_is_drawn_once_a_page() -> None:
    page = template(
        "{% kept %}{% fresh x %}{{ next }}{% endfresh %}-{% fresh x %}{{ next }}{% endfresh %}{% endkept %}"
    )
    numbers = iter(range(9))
    assert drawn(page, next=lambda: next(numbers)) == "0-0"
    assert drawn(page, next=lambda: next(numbers)) == "1-1"


def test_no_more_is_kept_than_there_is_room_for() -> None:
    page = template("{% kept number %}{{ number }} {{ rest }}{% endkept %}")
    for number in range(600):
        drawn(page, number=number, rest="old")
    assert drawn(page, number=0, rest="new") == "0 new"
    assert drawn(page, number=599, rest="new") == "599 old"
