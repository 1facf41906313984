"""`/insights/validity/`: which signals to train on, which not, and why, for who knows no statistics."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from annotation.models import Feature, User
from annotation.web.validity import figures, terms
from tests import cast
from tests.validity import reports
from tests.web import pages

PAGE, REPORT, INSIGHTS = "/insights/validity/", "/insights/validity/report/", "/insights/"


def test_one_signal_of_each_verdict_is_told_apart_in_words_pictures_and_figures(
    feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports.stand_in(monkeypatch, *reports.every())
    answer = pages.sign_in(engineer).get(PAGE)
    page, said = pages.text(answer), pages.words(answer).replace("\N{EN DASH}", "-")
    for sentence in (
        # What to train on, what not, and why.
        "Train on Accepted , because its answers are good 91 times in 100 (90-94), those without it 60 times in 100",
        "Copied , because its answers are good 86 times in 100 (83-90)",
        "Don't train on Thumbs up , because it is a true sign, but not pure enough to learn from by itself",
        "Thumbs down , because it points the wrong way: its answers are bad 20 times in 100",
        "Dismissed , because it tells next to nothing",
        "Not yet Later : It is a true sign, and whether it is pure enough to learn from is not sure yet",
        "Regenerated : Whether it is a true sign can't be told yet",
        "1 signal has too few labels for any figure: No signal .",
        "Not by itself Edited : It claims neither good nor bad",
        # What would change that.
        "Escalated : An hour of labeling would settle it: about 30 more labels, 24 min at the usual pace.",
        "An hour of labeling brings about 90 of the 430 labels that would settle it; all take 4 h 48 min",
        "How many more labels would settle it can't be said yet.",
        "No signal 41 301 59 more with it, from the queue, in its order",
        # What stands beside it.
        "with it 91 (90-94) 264 labels without it 60 (55-66) 301 labels 0 100 difference +31 (+24 to +38 points)",
        "71 good: 61 Verified , 10 Adequate",
        "14 can't be known: 14 Unread",
        "Worst case. In 27 % nobody could tell",
        "Began anew on 2026-03-02",
        "The judge “critic” lets 120 labels do the work of 310.",
        "The rule “quick”: It agrees no better than chance.",
        "On some days people saw suggestions while they labeled",
        "provisional 3 days are still open: 142 labels , 88 % bad so far. No verdict comes from them",
        "2.25 (1.75-2.89) times as often with good answers as with others",
        "2026-03-02 not enough evidence +31 (0 to +62)",
    ):
        assert sentence in said, sentence
    for picture in ('class="margin"', 'class="valid likely"', 'class="inverted likely"', "<polygon", "<polyline"):
        assert picture in page


def test_each_term_has_its_sentence(feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    reports.stand_in(monkeypatch, *reports.every())
    client = pages.sign_in(engineer)
    for address in (PAGE, REPORT):
        told = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]{20,})</dd>", pages.text(client.get(address))))
        assert told.keys() >= {str(word) for word, _sentence in terms.TERMS}


def test_a_refused_signal_shows_no_figure_at_all(
    feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even those that a line might carry by mistake."""
    reports.stand_in(monkeypatch, reports.refused(meanings=reports.MEANINGS))
    said = pages.words(pages.sign_in(engineer).get(PAGE)).partition("Not yet")[2].partition("Signal What a user")[0]
    assert "No figure yet" in said
    assert "of 100" not in said.replace("of the 100 labels", "")
    assert "Verified" not in said


def test_one_chooses_a_version_or_compares_all(
    feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = reports.line(verdict="noise", model_version="drafts 6/ü", rate=reports.rate(0.5, 0.4, 0.6))
    nameless = reports.refused("accepted", model_version="unknown")
    reports.stand_in(monkeypatch, nameless, reports.line(), older)
    client = pages.sign_in(engineer)
    assert "Train on Accepted , because its answers are good 91" in pages.words(client.get(PAGE))
    assert "Don't train on Accepted , because it tells" in pages.words(client.get(PAGE, {"version": "drafts 6/ü"}))
    compared = client.get(PAGE, {"version": ""})
    rows = re.findall(r'<th scope="row">.*?</tr>', compared.content.decode(), re.DOTALL)
    assert [re.findall(r'chip \w*">([^<]+)', row) for row in rows] == [["valid"], ["noise"], ["no figure yet"]]
    assert ("yes" in rows[0], ">no<" in rows[1]) == (True, True)
    (link,) = re.findall(r'href="([^"]+version=drafts%206[^"#]+)', rows[1])
    assert client.get(link.replace("&amp;", "&")).status_code == 200
    assert client.get(PAGE, {"version": "drafts-9"}).status_code == 404


def test_values_of_the_audited_key_stand_under_their_signal(
    feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Feature.objects.update(audited_key="tenant")
    line = reports.line()
    reports.stand_in(
        monkeypatch, line, replace(line, part="acme", verdict="noise"), reports.refused("accepted", part="b")
    )
    said = pages.words(pages.sign_in(engineer).get(PAGE))
    assert "By tenant" in said
    assert "acme noise" in said
    assert "b no figure yet 41 of the 100 labels" in said
    assert "1 valid" in pages.words(pages.sign_in(engineer).get(INSIGHTS))


def test_the_report_holds_all_versions_its_date_and_its_method(
    feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = reports.every()
    reports.stand_in(monkeypatch, *lines, *(replace(line, model_version="drafts-6") for line in lines))
    said = pages.words(pages.sign_in(engineer).get(REPORT))
    for sentence in (
        "Model version drafts-7",
        "Model version drafts-6",
        "Figures as of 2026-03-02 09:00 UTC.",
        "drawn from",
    ):
        assert sentence in said
    assert len(terms.METHOD) == 5
    assert all(str(sentence) in said for sentence in terms.METHOD)
    assert said.count("Train on it? Yes.") == 4


def test_the_first_verdict_counts_signals_and_leads_to_them(
    feature: Feature, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pages.sign_in(engineer)
    reports.stand_in(monkeypatch, *reports.every())
    said = pages.words(client.get(INSIGHTS))
    assert (
        f"Is the signal valid? 4 valid 1 misleads {reports.SENTENCE} Signals of each model version, by verdict: "
        "valid 4 inverted 1 noise 1 not enough evidence 3" in said
    )
    assert f'href="{PAGE}?feature={feature.slug}"' in pages.text(client.get(INSIGHTS))
    reports.stand_in(monkeypatch, reports.line("dismissed", "noise"))
    assert "none valid so far" in pages.words(client.get(INSIGHTS))


def test_a_feature_without_figures_says_what_brings_them(feature: Feature, engineer: User) -> None:
    client = pages.sign_in(engineer)
    assert "What brings the first figures" in pages.words(client.get(PAGE))
    assert "Not judged yet" in pages.words(client.get(PAGE))
    assert client.get(REPORT).status_code == 200
    stranger = pages.sign_in(cast.person("new", roles=["engineer"]))
    assert all("No feature is yours yet" in pages.text(stranger.get(one)) for one in (PAGE, REPORT, f"{PAGE}items/"))
    assert all(client.get(one, {"feature": "other"}).status_code == 404 for one in (PAGE, REPORT, f"{PAGE}items/"))


@pytest.mark.parametrize(
    ("shares", "in_100"),
    [
        ([0.612, 0.1, 0.078, 0.066, 0.141, 0.003], [61, 10, 8, 7, 14, 0]),
        ([1 / 3, 1 / 3, 1 / 3], [34, 33, 33]),
        ([1.0], [100]),
        ([0.995, 0.005], [100, 0]),
        ([], []),
    ],
)
def test_a_meaning_split_adds_up_to_100(shares: list[float], in_100: list[int]) -> None:
    assert figures.in_hundred(shares) == in_100
