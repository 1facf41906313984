"""What stays together, and which split it falls into: pure, from the installation's key alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import accumulate

from annotation.lib import keyed


def naming(*, hash_key: bytes, feature: str) -> Callable[[str, str], str]:
    """Names groups, of which there may be as many as rows, by `kind` and `name`.

    As they are stored: 32 hexadecimal digits under the key, never what the sender wrote. `kind` is `conversation`,
    `user` (then `name` is the user's hash in hex) or `interaction`, for what has neither.
    """

    @cache
    def digests(kind: str) -> Callable[..., bytes]:
        return keyed.digests(hash_key, feature, kind, purpose="split-member")

    return lambda kind, name: digests(kind)(name).hex()


def drawing(
    *, hash_key: bytes, feature: str, seed: int, group_by: str, ratios: Mapping[str, float]
) -> Callable[[str], str]:
    """Draws the splits of groups by their names: always the same for one key, feature, seed, grouping and ratios.

    `ratios` are shares above 0 that sum to 1, in a fixed order.
    """
    number = keyed.unit_intervals(hash_key, feature, str(seed), group_by, purpose="split")
    *firsts, (last, _) = zip(ratios, accumulate(ratios.values()), strict=True)

    def draw(member: str) -> str:
        drawn = number(member)
        for split, reached in firsts:
            if drawn < reached:
                return split
        return last

    return draw
