"""How long reading takes, and spans of time as people say them."""

from annotation.lib import words

WORDS_PER_MINUTE = 238
"""Adults reading English non-fiction in silence: mean of 190 studies, 18,573 readers (Brysbaert 2019,
https://doi.org/10.1016/j.jml.2019.104047). A Chinese character counts as a word here, and about 255 of them are read
a minute (Trauzettel-Klosinski & Dietz 2012, https://doi.org/10.1167/iovs.11-8284), so one rate serves both."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def seconds(text: str) -> float:
    """Seconds to read the text once at WORDS_PER_MINUTE.

    Code is taken at the same rate, for want of an agreed one. It is read more slowly: for code this is a lower bound.
    """
    return words.count(text) * 60 / WORDS_PER_MINUTE


def span(seconds: float) -> str:
    """A length of time in at most two units: “1.2 s”, “40 s”, “3 min”, “2 h 5 min”, “4 days”.

    Tenths below ten seconds, minutes from 100 seconds on, hours from 100 minutes on, days from 48 hours on.
    A length below zero counts as zero.
    """
    seconds = max(seconds, 0.0)
    tenths = round(seconds, 1)
    if tenths < 10:
        return f"{tenths:g} s"
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes = round(seconds / _MINUTE)
    if minutes < 100:
        return f"{minutes} min"
    if round(seconds / _HOUR) < 48:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(seconds / _DAY)} days"
