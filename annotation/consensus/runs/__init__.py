"""All of a queue decided anew: every night where people are weighed, and when what decides has changed.

`request` asks for a run and ends it, `job` does it: read all labels (`reading`), estimate who is right how often and
whether that may be used (`fitting`), keep that for labels to come (`keeping`), then decide the items that it changes.
"""
