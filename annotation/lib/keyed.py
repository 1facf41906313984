"""Hashes under the installation's key (`HASH_KEY`): the same for the same words, unguessable without the key."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from struct import Struct

_KEY_BYTES = blake2b.MAX_KEY_SIZE
_LENGTH = Struct(">Q").pack

# From 2,048 bytes on hashlib lets the other threads run meanwhile. For a few microseconds of hashing that isn't worth
# it: with two senders of batches in a process, each record would hand its turn to the other one.
_UNSHARED = 2047
_LONG = 64 * 1024


def digest(key: bytes, *parts: str | bytes, purpose: str, size: int = 16) -> bytes:
    """BLAKE2b of the parts in order, `size` bytes long (1 to 64). Text counts as its UTF-8.

    Each part is preceded by its length: ("ab", "c") and ("a", "bc") differ.
    The purpose (at most 16 ASCII bytes) keeps uses apart, so that no two uses ever share a value for the same parts.
    """
    return _hasher(key, parts, purpose, size).digest()


def digests(key: bytes, *first: str | bytes, purpose: str, size: int = 16) -> Callable[..., bytes]:
    """Makes `digest` of `first` and the parts that it is given: for many, since what they share is hashed once."""
    shared = _hasher(key, first, purpose, size)

    def made(*parts: str | bytes) -> bytes:
        return _fed(shared.copy(), parts).digest()

    return made


def unit_interval(key: bytes, *parts: str, purpose: str) -> float:
    """A uniform number strictly between 0 and 1.

    One of the 2**52 odd multiples of 2**-53: symmetric around one half, exact in a double, and never 0 or 1.
    """
    return _between(_hasher(key, parts, purpose, 8).digest())


def unit_intervals(key: bytes, *first: str, purpose: str) -> Callable[..., float]:
    """Makes `unit_interval` of `first` and the parts that it is given."""
    made = digests(key, *first, purpose=purpose, size=8)
    return lambda *parts: _between(made(*parts))


def key_check(key: bytes) -> str:
    """16 hexadecimal digits that tell whether two keys are the same and reveal nothing else about them."""
    return digest(key, purpose="key-check", size=8).hex()


def _between(hashed: bytes) -> float:
    return (2 * (int.from_bytes(hashed) >> 12) + 1) / 2**53


def _hasher(key: bytes, parts: tuple[str | bytes, ...], purpose: str, size: int) -> blake2b:
    return _fed(_keyed(key, purpose, size).copy(), parts)


def _fed(hasher: blake2b, parts: tuple[str | bytes, ...]) -> blake2b:
    told = b""  # Hashed at once: each call costs more than hashing a short text.
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        told += _LENGTH(len(encoded)) + encoded
    if _UNSHARED < len(told) < _LONG:
        for start in range(0, len(told), _UNSHARED):
            hasher.update(told[start : start + _UNSHARED])
    else:
        hasher.update(told)
    return hasher


@lru_cache(maxsize=128)
def _keyed(key: bytes, purpose: str, size: int) -> blake2b:
    """The state after the key, which is copied for each hash: setting a key up costs more than hashing a short text."""
    if not key:
        raise ValueError("the key is empty: its hashes could be computed by anyone")
    if len(key) > _KEY_BYTES:
        key = blake2b(key).digest()
    return blake2b(key=key, digest_size=size, person=purpose.encode("ascii"))
