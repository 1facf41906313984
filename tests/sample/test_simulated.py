"""The simulated feature of the demo."""

from __future__ import annotations

import cProfile, pstats, time
from datetime import timedelta

import pytest

from annotation.models import Label, Item
from annotation.sample import load, simulated
from annotation import audit
from tests.cast import NOW
from tests import cast

pytestmark = pytest.mark.django_db


def test_timing() -> None:
    from annotation import taxonomy

    start = NOW
    taxonomy.publish_default(now=NOW - timedelta(days=90))
    feature = simulated.make(watched_by=[], now=start - load.HISTORY)
    steps = [*load._simulated(feature, start), *load._sweeps(start)]
    spent = {}
    p = cProfile.Profile()
    p.enable()
    for step in sorted(steps, key=lambda step: step.at):
        t = time.process_time(), time.monotonic()
        step.act(step.at)
        name = getattr(step.act, "func", step.act).__name__
        a = spent.setdefault(name, [0, 0])
        a[0] += time.process_time() - t[0]
        a[1] += time.monotonic() - t[1]
    p.disable()
    print(spent, Label.objects.count(), Item.objects.count())
    pstats.Stats(p).sort_stats("cumulative").print_stats(45)
