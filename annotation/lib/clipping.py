"""Texts cut to a length, so that one can see that they were."""


def clipped(text: str, most: int) -> str:
    """At most about `most` characters: two thirds from the beginning, one from the end, and how many lie between."""
    if len(text) <= most:
        return text
    head, tail = most * 2 // 3, most // 3
    return f"{text[:head]}\n[… {len(text) - head - tail:,} characters are left out here …]\n{text[len(text) - tail :]}"


def storable(text: str, most: int) -> str:
    """What PostgreSQL can hold of a text, at most `most` characters: no zero byte, no half of a surrogate pair."""
    return text[:most].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
