"""The two figures beside the verdict."""

from __future__ import annotations

import pytest

from annotation.lib.validity import information

TABLE = ((90.0, 40.0), (10.0, 60.0))


def test_the_likelihood_ratio_and_its_interval_are_those_of_the_method() -> None:
    found = information.likelihood_ratio(table=TABLE)
    assert found is not None
    assert found.value == pytest.approx(2.25)
    assert (found.low, found.high) == pytest.approx((1.7544, 2.8855), abs=5e-5)


def test_the_information_is_that_of_the_method_plain_and_corrected() -> None:
    found = information.mutual_information(table=TABLE)
    assert found is not None
    assert (found.plug_in, found.corrected) == pytest.approx((0.21409, 0.21049), abs=6e-6)


def test_a_signal_that_tells_nothing_has_a_ratio_of_one_and_no_bits() -> None:
    ratio = information.likelihood_ratio(table=((30, 60), (10, 20)))
    bits = information.mutual_information(table=((30, 60), (10, 20)))
    assert ratio is not None
    assert bits is not None
    assert ratio.value == pytest.approx(1)
    assert ratio.low < 1 < ratio.high
    assert bits.plug_in == pytest.approx(0, abs=1e-12)


def test_weighted_counts_look_no_surer_than_the_labels_that_they_count_as() -> None:
    heavy = ((9000.0, 4000.0), (1000.0, 6000.0))
    scaled = information.likelihood_ratio(table=information.scaled(table=heavy, effective_n=200))
    assert scaled == information.likelihood_ratio(table=TABLE)


def test_of_an_empty_table_or_cell_there_is_no_figure() -> None:
    assert information.likelihood_ratio(table=((5, 0), (5, 5))) is None
    assert information.mutual_information(table=((0, 0), (0, 0))) is None
    certain = information.mutual_information(table=((50, 0), (0, 50)))
    assert certain is not None
    assert certain.plug_in == pytest.approx(1)
