from __future__ import annotations
import time
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from annotation import compounding, loops, closure, validity
from tests.cast import NOW
from tests.compounding import world

pytestmark = pytest.mark.django_db
OLD, NEW = {"easy": (160, 144), "hard": (40, 20)}, {"easy": (100, 93), "hard": (100, 56)}


def test_time(feature):
    world.succession(feature, [OLD, NEW])
    for name, f in (
        ("cm", lambda: compounding.measure(feature=feature, now=NOW)),
        ("lm", lambda: loops.measure(feature=feature, now=NOW)),
        ("lr", lambda: loops.report(feature=feature, now=NOW)),
        ("cr", lambda: compounding.report(feature=feature, now=NOW)),
        ("fu", lambda: closure.funnel(feature=feature, now=NOW)),
        ("va", lambda: validity.report(feature=feature, now=NOW, with_looks=False)),
    ):
        t = time.time()
        with CaptureQueriesContext(
            connection,
        ) as q:
            f()
        print(
            name,
            round(time.time() - t, 3),
            sorted(((float(x.get("time", 0)), x["sql"][:90]) for x in q.captured_queries), reverse=True)[:2],
        )
