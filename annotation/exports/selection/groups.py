"""What stays together, and which split it falls into: pure, from the installation's key alone."""

from __future__ import annotations

from collections.abc import Mapping

from annotation.lib import keyed


def member(*, hash_key: bytes, feature: str, kind: str, name: str) -> str:
    """The group's name as it is stored: 32 hexadecimal digits under the key, never what the sender wrote.

    `kind` is `conversation`, `user` (then `name` is the user's hash in hex) or `interaction`, for what has neither.
    """
    return keyed.digest(hash_key, feature, kind, name, purpose="split-member").hex()


def draw(*, hash_key: bytes, feature: str, seed: int, group_by: str, member: str, ratios: Mapping[str, float]) -> str:
    """The split of a group: always the same for one key, feature, seed, grouping and ratios.

    `ratios` are shares above 0 that sum to 1, in a fixed order.
    """
    drawn = keyed.unit_interval(hash_key, feature, str(seed), group_by, member, purpose="split")
    reached = 0.0
    for split, share in ratios.items():
        reached += share
        if drawn < reached:
            return split
    # Shares like 0.8 + 0.1 + 0.1 sum to a little less than 1.
    return split
