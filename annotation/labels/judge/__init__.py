"""Judges: models that label, to be measured against what people decide.

`versions` makes them, `prompt` says what they are given and `answer` what counts as an answer, `chosen` picks items,
`request` asks for a run and `job` does it, `ledger` keeps account of each call, `accuracy` measures.

Evidence is put together by a room above this one. Who runs a judge hands in how an item is looked at (`case.Look`).
"""
