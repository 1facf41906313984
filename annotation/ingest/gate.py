"""Keeps apart, by feature, what must not pass each other unseen.

A signal that finds no interaction waits for it, and an interaction collects what waits for it. Were both in flight at
once, neither would see the other, and the signal would wait in vain. So those who write interactions share the
feature's gate, and those who leave something to wait have it alone. It opens at the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from annotation import loading

_NAMESPACE = 0x666C79  # "fly": keeps these locks apart from others of the same database
_MODULUS = 2**31


def share(feature_ids: Iterable[int]) -> None:
    _take("pg_advisory_xact_lock_shared", feature_ids)


def have_alone(feature_ids: Iterable[int]) -> None:
    _take("pg_advisory_xact_lock", feature_ids)


def _take(function: str, feature_ids: Iterable[int]) -> None:
    """In one order for everybody, so that two who need several gates don't wait for each other."""
    for key in sorted({feature_id % _MODULUS for feature_id in feature_ids}):
        loading.said(f"SELECT {function}($1, $2)", [_NAMESPACE, key])
