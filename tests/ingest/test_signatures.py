"""Signatures: made after a batch, of whatever was there before, and gone with their interaction."""

from __future__ import annotations

import random
from itertools import combinations, count
from typing import Any

import pytest
from django.db import connection

from annotation import copying
from annotation.ingest import signatures
from annotation.lib import similarity
from annotation.lib.similarity import Text
from annotation.models import Feature, Interaction, Signature, SignatureDue
from tests import stock
from tests.cast import NOW
from tests.erasure import world as erasure
from tests.ingest.sent import interaction

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "Could you please tell me what was decided about the meeting of the last week?"
ANSWER = "It was moved to Friday of the next week, and everybody is asked to bring the figures of the last quarter."


def sent(*texts: str, **changes: Any) -> list[int]:
    numbers = count(Interaction.objects.count())
    records = [interaction(f"gen_{next(numbers)}", input=QUESTION, output=text, **changes) for text in texts]
    erasure.sent(*records)
    names = [record["id"] for record in records]
    return [Interaction.objects.get(external_id=name).pk for name in names]


def answered() -> None:
    while signatures.answer():
        pass
    assert not SignatureDue.objects.exists()


def ties(pk: int) -> list[int]:
    return Signature.objects.get(pk=pk).ties


def words(draw: random.Random, number: int = 30) -> list[str]:
    return [f"w{draw.randrange(10**6)}" for _ in range(number)]


def test_near_duplicates_get_something_in_common_whichever_batch_they_came_in(feature: Feature) -> None:
    (first,) = sent(ANSWER)
    answered()
    assert ties(first) == []
    same, near, other = sent(ANSWER.upper(), ANSWER.replace("everybody", "nobody"), "Nothing was decided. " * 9)
    answered()
    assert [ties(pk) for pk in (first, same, near, other)] == [[first], [first], [first], []]


def test_a_short_text_is_alike_nobody_and_its_words_are_counted(feature: Feature) -> None:
    shorts = [pk for _ in range(2) for pk in sent("Yes.", final_text="Yes, of course.")]
    answered()
    for found in Signature.objects.filter(pk__in=shorts):
        assert (found.digest, found.bands, found.ties) == (None, [], [])
        assert (found.answer_tokens, found.kept_tokens) == (1, 3)


def test_what_counts_is_the_last_question_and_the_answer(feature: Feature) -> None:
    system = {"role": "system", "content": "You are a helpful assistant who knows all about meetings. " * 20}
    before = [{"role": "user", "content": ANSWER}, {"role": "assistant", "content": "Thanks! " * 30}]
    one, other = (
        {"role": "user", "content": f"{text} " * 12} for text in ("who comes on Friday", "where do we meet then")
    )
    erasure.sent(
        interaction("one", input=[system, *before, one], output="Bob."),
        interaction("other", input=[system, *before, other], output="Here."),
        interaction("again", input=one["content"], output="Bob."),
    )
    answered()
    found = dict(Signature.objects.values_list("interaction__external_id", "ties"))
    assert found["one"] == found["again"] != []
    assert found["other"] == []


def test_features_are_apart(feature: Feature) -> None:
    other = Feature.objects.create(slug="other", name="Other", created_at=NOW)
    sent(ANSWER)
    sent(ANSWER, feature=other.slug)
    answered()
    assert list(Signature.objects.values_list("ties", flat=True)) == [[], []]


def test_exactly_those_above_the_limit_are_tied(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk: each text changes a few words of an earlier one, in chunks and batches of odd sizes."""
    monkeypatch.setattr(signatures, "CHUNK", 7)
    monkeypatch.setattr(signatures, "WIDTH", 25)
    draw = random.Random(3)
    texts = [words(draw)]
    while len(texts) < 90:
        text = list(draw.choice(texts))
        for place in draw.sample(range(len(text)), draw.randrange(4)):
            text[place] = words(draw, 1)[0]
        texts.append(text)
    pks: list[int] = []
    for start in range(0, len(texts), 30):
        pks += sent(*map(" ".join, texts[start : start + 30]))
        if start:
            answered()
    found = {pk: set(ties(pk)) for pk in pks}
    compared = {pk: Text.of(f"{QUESTION} {' '.join(text)}") for pk, text in zip(pks, texts, strict=True)}
    groups = _connected(compared)
    near = 0
    for one, other in combinations(pks, 2):
        if similarity.jaccard(compared[one], compared[other]) >= similarity.ALIKE:
            near += 1
            assert found[one] & found[other]
        if groups[one] != groups[other]:
            assert not found[one] & found[other]
    assert near > 50


def _connected(compared: dict[int, Text]) -> dict[int, int]:
    rows = [
        similarity.Row(0, [one, other])
        for one, other in combinations(compared, 2)
        if similarity.jaccard(compared[one], compared[other]) >= similarity.ALIKE
    ]
    return {pk: pk for pk in compared} | similarity.settle(rows, {}).group_of


def test_older_interactions_are_taken_piece_by_piece(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    pks = sent(*[f"{ANSWER} {number}" for number in range(12)])
    SignatureDue.objects.all().delete()
    SignatureDue.objects.create(first_id=min(pks), last_id=max(pks))
    monkeypatch.setattr(signatures, "WIDTH", 5)
    assert signatures.answer() == 1
    left = SignatureDue.objects.get()
    assert (left.first_id, Signature.objects.count()) == (min(pks) + 5, 5)
    answered()
    assert Signature.objects.count() == 12


def test_two_workers_at_it_miss_nothing(feature: Feature, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "WIDTH", 4)
    pks = [pk for number in range(10) for pk in sent(ANSWER, f"{ANSWER} {number}", ANSWER)]
    stock.together(4, lambda _: [signatures.answer() for _ in range(6)], list(range(4)))
    answered()
    tied = {tuple(ties(pk)) for pk in pks}  # to the first that was looked at, whoever was first
    assert tied in [{(pk,)} for pk in pks]


def test_an_erased_interaction_leaves_no_signature_and_others_keep_their_ties(feature: Feature) -> None:
    erasure.sent(*(make(input=QUESTION, output=ANSWER) for make in (erasure.record, erasure.plain)))
    answered()
    gone, stays = (Signature.objects.get(interaction__external_id=name) for name in (f"{erasure.WORD}-1", "gen_1"))
    assert gone.ties == stays.ties != []
    erasure.erase(feature, user_key=erasure.WORD)
    assert [(one.pk, one.ties) for one in Signature.objects.all()] == [(stays.pk, stays.ties)]
    (later,) = sent(ANSWER)
    answered()
    assert ties(later) == stays.ties


def test_what_was_erased_before_its_turn_gets_none(feature: Feature) -> None:
    erasure.sent(erasure.record(1))
    erasure.erase(feature, user_key=erasure.WORD)
    answered()
    assert not Signature.objects.exists()


def test_a_dataset_s_needs_are_made_at_once(feature: Feature) -> None:
    erasure.sent(erasure.record(1), erasure.plain("gen_1"))
    erasure.labeled("gen_1")
    assert list(signatures.of_decided(feature=feature)) == [1]
    assert Signature.objects.get().interaction.external_id == "gen_1"
    answered()
    assert list(signatures.of_decided(feature=feature)) == []


def test_words_of_others_are_found_by_an_index_right_after_many_came(feature: Feature) -> None:
    """No vacuum has run since: by a list of what is still to be filed, or by all that have words at all, it took half a
    minute, and who made a dataset waited for it."""
    draw = random.Random(1)
    bands = [[draw.randrange(2**31) for _ in range(32)] for _ in range(600)]
    rows: list[tuple[Any, ...]] = [(pk, draw.randbytes(16), keys, 20, [], 5, None) for pk, keys in enumerate(bands)]
    copying.rows("annotation_signature", signatures.COLUMNS, rows)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        values: dict[str, Any] = {"ids": [1], "bands": [str(set(bands[1]))], "shingles": [20], "alike": 0.7}
        cursor.execute(f"EXPLAIN {signatures.LIKELY}", values)
        plan = "\n".join(row for (row,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "signature_bands" in plan
    assert "signature_digest" not in plan
