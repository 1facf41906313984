"""Bring labels to a new taxonomy version: what it would do (`effects`), asking for it (`request`), doing it (`job`).

**What a remap does to closed cohorts.** Nothing to who was asked: threshold, keys, weights and the time at which each
item was first shown stay, and with them who is in the sample and how likely each was to be. What an item was found to
mean can change. A term is written once, when its cohort closes, and no remap rewrites it: an item whose outcome is
another one afterwards is a correction, counted as every later change of mind is, and one that is mapped to the same
outcome is none. An item that is opened again stays taken. In a cohort that has closed it stays in the sample, with the
term that it has, until somebody labels it; in one that is still open it holds the closing up, to the limit, and counts
as unknowable if nobody has labeled it by then. An item that was only ever labeled from outside counts as shown from
that label on: it would else be one that was never reached, and move the threshold.
"""
