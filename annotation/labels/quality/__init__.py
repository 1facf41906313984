"""How people label, what an admin can do about it, and what that brings.

`figures` measures, `judging` says what stands out and what the rule proposes, `words` says it in sentences. `ladder` is
the one door to what an admin decided (tell, label twice, put aside); `job` decides the items anew that this touches.

Hints are hints: only check questions propose anything, a person decides, everything can be taken back, and labels are
kept whatever comes.
"""
