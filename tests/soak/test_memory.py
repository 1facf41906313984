"""That growth is told from noise: the soak's last word can be no."""

from __future__ import annotations

from random import Random

from tests.soak.memory import MEBIBYTE, Series, growths

WARM = 45.0


def series(*, seconds: float, per_second: float, noise: float = 0.5, spikes: bool = False) -> Series:
    """150 MiB that grow by so many MiB a second, after a start that fills caches."""
    chance = Random(1)
    ages = [float(age) for age in range(int(seconds))]
    held = []
    for age in ages:
        young = 30 * min(age / WARM, 1)
        spike = 80 if spikes and chance.random() < 0.1 else 0
        held.append(int((120 + young + age * per_second + chance.gauss(0, noise) + spike) * MEBIBYTE))
    return Series("web's process 1", ages, held)


def test_what_stays_stays_whatever_it_does_now_and_then() -> None:
    (found,) = growths([series(seconds=150, per_second=0, spikes=True)], warm=WARM)
    assert abs(found.mebibytes) < 1
    assert 148 < found.held < 153


def test_a_leak_of_a_hundred_kilobytes_a_second_is_seen_in_two_minutes() -> None:
    (found,) = growths([series(seconds=165, per_second=0.1, spikes=True)], warm=WARM)
    assert 10 < found.mebibytes < 14


def test_who_lived_too_short_says_nothing() -> None:
    assert growths([series(seconds=80, per_second=1)], warm=WARM) == []
