"""Signatures: which interactions say nearly the same, made by a worker right after a batch is stored.

Compared are the user's last message and the answer: what is learned from an interaction, however its conversation was
sent. A system prompt or the turns before would make all answers of one product, or of one conversation, look alike.

Ingest rings (`SignatureDue`) with the range of ids of a batch. Who makes signatures has the lock alone, so that of two
texts that are alike one is always there when the other is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, LiteralString, NamedTuple

import orjson
from django.conf import settings
from django.db import connection, transaction

from annotation import copying, loading
from annotation.ingest import gate
from annotation.lib import keyed, messages, similarity
from annotation.lib.similarity import Text
from annotation.models import Feature, SignatureDue

WIDTH: Final = 1000
"""Ids that one call looks at."""

CHUNK: Final = 200
"""Interactions whose texts are held at once."""

_LOCK: Final = 0x6E656172  # "near": its number among the locks of one number

COLUMNS: Final = {
    "interaction_id": "int8",
    "digest": "bytea",
    "bands": "int4[]",
    "shingles": "int4",
    "ties": "int8[]",
    "answer_tokens": "int4",
    "kept_tokens": "int4",
}

FEATURES: LiteralString = """
    SELECT DISTINCT n.feature_id
    FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS k (first, last)
    JOIN annotation_interaction n ON n.id BETWEEN k.first AND k.last
"""

UNSIGNED: LiteralString = """
    SELECT DISTINCT n.id
    FROM unnest(%(firsts)s::bigint[], %(lasts)s::bigint[]) AS k (first, last)
    JOIN annotation_interaction n ON n.id BETWEEN k.first AND k.last
    WHERE NOT EXISTS (SELECT FROM annotation_signature s WHERE s.interaction_id = n.id)
    ORDER BY 1
"""

STILL_UNSIGNED: LiteralString = """
    SELECT id FROM unnest(%s::bigint[]) AS id
    WHERE NOT EXISTS (SELECT FROM annotation_signature s WHERE s.interaction_id = id)
    ORDER BY 1
"""

# Those that a dataset may hold or has to keep away from, in the order of their ids, so that an index is gone along.
UNSIGNED_OF_FEATURE: LiteralString = """
    (
        SELECT i.interaction_id FROM annotation_item i
        JOIN annotation_interactioncontent x ON x.interaction_id = i.interaction_id
        WHERE i.interaction_id > %(after)s AND i.feature_id = %(feature)s AND i.status = 'resolved'
          AND NOT EXISTS (SELECT FROM annotation_signature s WHERE s.interaction_id = i.interaction_id)
        ORDER BY i.interaction_id LIMIT %(most)s
    ) UNION (
        SELECT n.id FROM annotation_interaction n
        JOIN annotation_interactioncontent x ON x.interaction_id = n.id
        WHERE n.id > %(after)s AND n.feature_id = %(feature)s AND n.is_evaluation
          AND NOT EXISTS (SELECT FROM annotation_signature s WHERE s.interaction_id = n.id)
        ORDER BY n.id LIMIT %(most)s
    )
    ORDER BY 1 LIMIT %(most)s
"""

TEXTS: LiteralString = """
    SELECT n.id, n.feature_id, f.slug, x.input, x.output, x.final_text
    FROM annotation_interaction n
    JOIN annotation_feature f ON f.id = n.feature_id
    JOIN annotation_interactioncontent x ON x.interaction_id = n.id
    WHERE n.id = ANY(%s::bigint[])
    ORDER BY n.id
"""

TWINS: LiteralString = """
    SELECT DISTINCT ON (digest) digest, interaction_id, ties
    FROM annotation_signature WHERE digest = ANY(%s::bytea[]) ORDER BY digest, interaction_id
"""

# Where a product's texts all look alike, a key may be shared by very many. Of those, the first are looked at, and of
# them the likeliest compared. The keys are read from their text once, not for each row that they are held against.
LIKELY: LiteralString = """
    WITH k AS MATERIALIZED (
        SELECT id, bands::int[] AS bands, shingles
        FROM unnest(%(ids)s::bigint[], %(bands)s::text[], %(shingles)s::int[]) AS asked (id, bands, shingles)
    )
    SELECT k.id, found.interaction_id, found.ties
    FROM k
    CROSS JOIN LATERAL (
        SELECT shared.interaction_id, shared.ties
        FROM (
            SELECT s.* FROM annotation_signature s
            WHERE s.digest IS NOT NULL AND s.bands && k.bands
              AND LEAST(s.shingles, k.shingles) >= %(alike)s * GREATEST(s.shingles, k.shingles)
            LIMIT 2000
        ) shared
        ORDER BY (SELECT count(*) FROM unnest(shared.bands) b WHERE b = ANY(k.bands)) DESC, shared.interaction_id
        LIMIT 64
    ) found
"""

NO_LONGER_ALONE: LiteralString = """
    UPDATE annotation_signature SET ties = ARRAY[interaction_id]
    WHERE interaction_id = ANY(%s::bigint[]) AND ties = '{}'
"""


def due(*, first_id: int, last_id: int) -> None:
    """Ring for a batch, inside the transaction that stores it."""
    copying.rows("annotation_signaturedue", {"first_id": "int8", "last_id": "int8"}, [(first_id, last_id)])


@transaction.atomic
def answer() -> int:
    """Answer the oldest bells, as far as WIDTH goes. Returns how many were looked at; call again until it is 0.

    0 too while somebody else is at it.
    """
    waiting = SignatureDue.objects.order_by("pk").select_for_update(skip_locked=True)
    bells = list(_narrowed(waiting[:WIDTH]))
    if not bells:
        return 0
    at = {"firsts": [bell.first_id for bell, _ in bells], "lasts": [last for _, last in bells]}
    # Nothing is erased meanwhile. The lock comes last, so that who has it waits for nobody.
    gate.share(pk for (pk,) in loading.fetched(FEATURES, at))
    if not loading.fetched("SELECT pg_try_advisory_xact_lock(%(lock)s::bigint)", {"lock": _LOCK})[0][0]:
        return 0
    _make([pk for (pk,) in loading.fetched(UNSIGNED, at)])
    SignatureDue.objects.filter(pk__in=[bell.pk for bell, last in bells if bell.last_id <= last]).delete()
    for bell, last in bells:
        if bell.last_id > last:
            SignatureDue.objects.filter(pk=bell.pk).update(first_id=last + 1)
    return len(bells)


def of_decided(*, feature: Feature) -> Iterator[int]:
    """Make what a dataset of this feature needs and isn't there yet, piece by piece; yields the size of each."""
    made = [0]
    while SignatureDue.objects.exists() and (made := _some_of(feature, made[-1])):
        yield len(made)


@transaction.atomic
def _some_of(feature: Feature, after: int) -> list[int]:
    gate.share([feature.pk])
    _lock()
    asked = {"feature": feature.pk, "after": after, "most": WIDTH}
    ids = [pk for (pk,) in loading.fetched(UNSIGNED_OF_FEATURE, asked)]
    _make(ids)
    return ids


def make_within(*, interaction_ids: Sequence[int]) -> None:
    """Make those of these that aren't there, inside the caller's transaction, which keeps erasure away."""
    if interaction_ids:
        _lock()
        _make([pk for (pk,) in loading.fetched(STILL_UNSIGNED, [list(interaction_ids)])])


def _lock() -> None:
    loading.fetched("SELECT pg_advisory_xact_lock(%(lock)s::bigint)", {"lock": _LOCK})


def _narrowed(bells: Iterable[SignatureDue]) -> Iterator[tuple[SignatureDue, int]]:
    """As many bells as WIDTH ids hold, each with the last of its ids that is looked at."""
    left = WIDTH
    for bell in bells:
        if left <= 0:
            return
        last = min(bell.last_id, bell.first_id + left - 1)
        left -= last - bell.first_id + 1
        yield bell, last


def _make(interaction_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        # The keys are worth their index, whatever the planner guesses of arrays.
        cursor.execute("SET LOCAL enable_seqscan = off")
        for start in range(0, len(interaction_ids), CHUNK):
            _Chunk(_said(interaction_ids[start : start + CHUNK])).write()
        cursor.execute("SET LOCAL enable_seqscan = on")


class _Said(NamedTuple):
    id: int
    feature_id: int
    digest: bytes | None
    text: Text
    answer_tokens: int
    kept_tokens: int | None


def _said(ids: Sequence[int]) -> list[_Said]:
    return [_of_record(*row) for row in loading.fetched(TEXTS, [list(ids)])]


def _of_record(pk: int, feature_id: int, slug: str, sent: str | None, output: str, final_text: str | None) -> _Said:
    asked = messages.texts_of(orjson.loads(sent), "user") if sent else []
    answer = Text.of(messages.text_of(orjson.loads(output)))
    text = Text.together(*(Text.of(last) for last in asked[-1:]), answer)
    kept = None if final_text is None else len(Text.of(final_text).tokens)
    digest = None
    if not text.is_short:
        digest = keyed.digest(settings.HASH_KEY, slug, text.digest, purpose="signature")
    return _Said(pk, feature_id, digest, text, len(answer.tokens), kept)


class _Chunk:
    """New signatures: each is compared with those that are there, and with those of the chunk before it."""

    def __init__(self, said: Sequence[_Said]) -> None:
        self.said = said
        long = [one for one in said if one.digest is not None]
        keys = similarity.band_keys([one.text for one in long], spaces=[one.feature_id for one in long])
        self.bands: dict[int, list[int]] = {one.id: row for one, row in zip(long, keys.tolist(), strict=True)}
        self.texts: dict[int, Text] = {one.id: one.text for one in long}
        self.ties: dict[int, list[int]] = {}
        self.begun: set[int] = set()
        self.twins = self._stored_twins(long)
        self.likely = self._stored_likely([one for one in long if one.digest not in self.twins])
        self.sharing: dict[int, list[int]] = defaultdict(list)

    def write(self) -> None:
        for one in self.said:
            self._take(one)
        _run(NO_LONGER_ALONE, [sorted(self.begun - self.bands.keys())])
        copying.rows("annotation_signature", COLUMNS, [self._row(one) for one in self.said])

    def _row(self, one: _Said) -> tuple[Any, ...]:
        bands, ties = self.bands.get(one.id, []), self.ties[one.id]
        shingles = len(one.text.shingles) if bands else 0
        return one.id, one.digest, bands, shingles, ties, one.answer_tokens, one.kept_tokens

    def _take(self, one: _Said) -> None:
        twin = one.id if one.digest is None else self.twins.setdefault(one.digest, one.id)
        if twin != one.id:
            # All that its twin has in common with others, it has too.
            ties, alone = self.ties[twin] or [twin], [] if self.ties[twin] else [twin]
        else:
            ties, alone = similarity.ties({pk: self.ties[pk] for pk in self._alike(one)})
        self.ties |= {pk: [pk] for pk in alone} | {one.id: ties}
        self.begun.update(alone)

    def _alike(self, one: _Said) -> list[int]:
        keys = self.bands.get(one.id, [])
        near = {pk for key in keys for pk in self.sharing[key]} | set(self.likely[one.id])
        for key in keys:
            self.sharing[key].append(one.id)
        self._read(near)
        return [pk for pk in sorted(near) if similarity.jaccard(one.text, self.texts[pk]) >= similarity.ALIKE]

    def _read(self, ids: set[int]) -> None:
        """Texts of stored ones, of which no more are kept than a chunk has."""
        missing = ids - self.texts.keys()
        if missing:
            self.texts = {pk: text for pk, text in self.texts.items() if pk in self.bands or pk in ids}
            self.texts |= {found.id: found.text for found in _said(sorted(missing))}

    def _stored_twins(self, long: Sequence[_Said]) -> dict[bytes, int]:
        found = {}
        for digest, pk, ties in loading.fetched(TWINS, [[one.digest for one in long]]):
            found[bytes(digest)] = pk
            self.ties[pk] = ties
        return found

    def _stored_likely(self, long: Sequence[_Said]) -> dict[int, list[int]]:
        likely: dict[int, list[int]] = defaultdict(list)
        asked = {
            "ids": [one.id for one in long],
            "bands": ["{" + ",".join(map(str, self.bands[one.id])) + "}" for one in long],
            "shingles": [len(one.text.shingles) for one in long],
            "alike": similarity.ALIKE,
        }
        for pk, other, ties in loading.fetched(LIKELY, asked):
            likely[pk].append(other)
            self.ties[other] = ties
        return likely


def _run(statement: LiteralString, values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
