"""What the card advises for classes of different sizes."""

from __future__ import annotations

import pytest

from annotation.exports.files import measures


@pytest.mark.parametrize(
    ("desirable", "undesirable", "weights"),
    [
        (100, 100, (1, 1)),
        (133, 100, (1, 1)),
        (100, 101, (1.01, 1)),
        (100, 400, (4, 1)),
        (400, 100, (1, 3)),
        (0, 100, None),
        (100, 0, None),
    ],
)
def test_the_smaller_class_is_weighed_up_into_balance(
    desirable: int, undesirable: int, weights: tuple[float, float] | None
) -> None:
    found = measures.kto_weights(desirable=desirable, undesirable=undesirable)

    assert found == weights
    if found is not None:
        low, high = measures.BALANCED
        assert low - 0.01 <= desirable * found[0] / (undesirable * found[1]) <= high + 0.01
