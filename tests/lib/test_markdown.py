import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib import markdown

NAUGHTY = Path(__file__).parents[3] / "shared" / "data" / "blns" / "blns.json"
ALLOWED: dict[str, set[str]] = {
    "a": {"href", "title", "rel", "target"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "p": {"class", "dir"},
    "pre": {"tabindex"},
    "ol": {"start", "dir"},
    **{tag: {"dir"} for tag in ("blockquote", "h3", "h4", "h5", "h6", "table", "ul")},
}
PLAIN = {"br", "em", "hr", "li", "strong", "tbody", "td", "th", "thead", "tr"}
CLASSES = {"code": r"language-[\w+#.-]+", "div": "code-block|scroll", "p": "language"}


class Strict(HTMLParser):
    """Reads HTML and fails on every element, attribute and address that rendered text must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED or tag in PLAIN, tag
        assert {name for name, _ in attrs} <= ALLOWED.get(tag, set()), attrs
        for name, value in attrs:
            if name == "href":
                assert re.match(r"(https?|mailto):", value or "", re.IGNORECASE), value
            if name == "class":
                assert re.fullmatch(CLASSES[tag], value or ""), value
            if name in ("tabindex", "dir"):
                assert value in ("0", "auto")
        if tag == "a":
            assert {("rel", "nofollow noopener noreferrer"), ("target", "_blank")} <= {*attrs}

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def read(html: str) -> str:
    reader = Strict()
    reader.feed(html)
    reader.close()
    return reader.text


def test_markdown_becomes_html() -> None:
    html = markdown.render(
        "Some *very* **good** `code`\n\n3. three\n4. four\n\n> said\n\n---\n\n- [x](https://a.example 'T')"
    )
    for piece in (
        '<p dir="auto">Some <em>very</em> <strong>good</strong> <code>code</code></p>',
        '<ol start="3" dir="auto">',
        '<blockquote dir="auto">\n<p>said</p>',
        "<hr>",
        '<a href="https://a.example" title="T" target="_blank" rel="nofollow noopener noreferrer">x</a>',
    ):
        assert piece in html


def test_a_table_becomes_a_table_without_styles() -> None:
    html = markdown.render("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert '<div class="scroll" tabindex="0"><table dir="auto">' in html
    assert "<th>a</th>" in html
    assert "<td>2</td>" in html


def test_code_keeps_its_language_and_nothing_else() -> None:
    html = markdown.render("```c++ title=x\na < b\n```")
    assert '<p class="language">c++</p><pre tabindex="0"><code class="language-c++">a &lt; b' in html
    assert '<pre tabindex="0"><code>a' in markdown.render('```x"onclick=alert(1)\na\n```')
    assert '<div class="code-block"><pre tabindex="0"><code>a' in markdown.render("    a")


def test_an_image_becomes_a_link_that_loads_only_when_followed() -> None:
    assert markdown.render("![a *cat*](https://a.example/cat.png)") == (
        '<p dir="auto"><a href="https://a.example/cat.png" target="_blank" rel="nofollow noopener noreferrer">'
        "image: a *cat* (a.example)</a></p>\n"
    )
    assert ">image (a.example)</a>" in markdown.render("![](https://a.example/cat.png)")
    for address in ("data:image/png;base64,AAAA", "/cat.png", "javascript:alert(1)", "https://[", ""):
        html = markdown.render(f"![a cat]({address})")
        assert "a cat" in html
        assert "href" not in html


def test_an_image_inside_a_link_is_the_text_of_that_link() -> None:
    html = markdown.render("[![a cat](https://a.example/cat.png)](https://b.example)")
    assert '<a href="https://b.example" target="_blank" rel="nofollow noopener noreferrer">a cat</a>' in html


def test_each_outermost_block_finds_its_own_direction() -> None:
    html = markdown.render("one\n\nمرحبا\n\n- a\n  - ب\n\n> c\n\n# d")  # noqa: RUF001
    assert re.findall(r'<(\w+) dir="auto">', html) == ["p", "p", "ul", "blockquote", "h3"]


def test_headings_start_at_level_3_and_skip_none() -> None:
    html = markdown.render("### deep\n# top\n#### deeper\n###### deepest\n##### five")
    assert re.findall(r'<(h\d) dir="auto">(\w+)</h\d>', html) == [
        ("h3", "deep"),
        ("h3", "top"),
        ("h4", "deeper"),
        ("h5", "deepest"),
        ("h6", "five"),
    ]


def test_a_link_into_this_site_is_only_text() -> None:
    for target in ("/manage/tokens/", "//evil.example/", "?next=1", "../x", "#main"):
        html = markdown.render(f"[press me]({target})")
        assert "href" not in html
        assert "press me" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java\nscript:alert(1))",
        "[a](&#x6A;avascript:alert(1))",
        "[a](javascript&colon;alert(1))",
        "[a](\x01javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "![a](data:image/png;base64,AAAA)",
        "![a](javascript:alert(1))",
        '![a](https://a.example/"onerror="alert(1))',
        "[a](vbscript:msgbox(1))",
        "[a](file:///etc/passwd)",
        '[a](https://a.example "\\" onmouseover=\\"alert(1)")',
        "<https://a.example/\"onclick='alert(1)'>",
        "<javascript:alert(1)>",
        "[a]: javascript:alert(1)\n\n[a]",
        "`<b>`\n\n    <b onclick=alert(1)>",
        '```x"><script>alert(1)</script>\na\n```',
        '[a](https://a.example "<pre>")',
        '```"><script>alert(1)</script>\n</code></pre><script>\n```',
        "<style>@import 'https://evil.example'</style>",
        '<form action="https://evil.example"><input autofocus onfocus=alert(1)>',
        "<a href='https://a.example' target=_blank style='position:fixed' id=x class=y>a</a>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "\u2028<script>\u2029</script>\x00<script>",
        "<!-- a --><![CDATA[<script>]]>",
    ],
)
def test_hostile_text_is_harmless(text: str) -> None:
    read(markdown.render(text))


@pytest.mark.skipif(not NAUGHTY.exists(), reason="the list of naughty strings is not beside this checkout")
def test_naughty_strings_are_harmless_as_text_link_and_code() -> None:
    for naughty in json.loads(NAUGHTY.read_text()):
        for text in (naughty, f"[a]({naughty})", f"![{naughty}](https://a.example)", f"```{naughty}\n{naughty}\n```"):
            read(markdown.render(text))


@given(st.text(alphabet='ab<>[]()!*_`~#|-&;:"\\\n\t /=', max_size=200))
def test_any_mix_of_markup_is_harmless(text: str) -> None:
    read(markdown.render(text))


def test_html_in_the_text_is_shown() -> None:
    assert read(markdown.render("a <b>bold</b> word")).strip() == "a <b>bold</b> word"


@pytest.mark.parametrize("line", ["> ", "- ", "1. "])
def test_what_is_nested_too_deep_to_render_is_shown_in_full_as_it_is(line: str) -> None:
    text = line * 200 + "the end"
    html = markdown.render(text)
    assert html.startswith('<pre tabindex="0">')
    assert read(html) == text


def test_nesting_that_people_write_is_rendered() -> None:
    html = markdown.render("".join("  " * depth + f"- level {depth}\n" for depth in range(12)))
    assert html.count("<ul") == 12
    assert "level 11" in html


def test_a_text_over_the_limit_is_shown_as_it_is() -> None:
    text = "<b>*a*</b> " * (markdown.MAX_CHARS // 10)
    html = markdown.render(text)
    assert html.startswith('<pre tabindex="0">&lt;b&gt;*a*')
    assert read(html) == text


@pytest.mark.parametrize(
    "piece", ["[", "![", "[a](", "*a **b", "`` ` ", "> ", "<a ", "|a|b\n|-|-\n", "[a]: b\n", "a\n=\n"]
)
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * markdown.MAX_CHARS)[: markdown.MAX_CHARS]
    started = time.process_time()
    markdown.render(text)
    assert time.process_time() - started < 8


def test_a_table_does_not_grow_far_beyond_its_text() -> None:
    columns = 4_000
    text = "|a" * columns + "|\n" + "|-" * columns + "|\n" + "|b\n" * 10_000
    assert len(text) < markdown.MAX_CHARS
    assert len(markdown.render(text)) < 3_000_000


def test_a_parser_has_its_rules_before_the_first_text() -> None:
    """Two threads whose first texts come at once would else find chains of rules that are still being filled."""
    parser = markdown._parser()
    rulers = (parser.core.ruler, parser.block.ruler, parser.inline.ruler, parser.inline.ruler2)
    assert all(ruler.__cache__ for ruler in rulers)
