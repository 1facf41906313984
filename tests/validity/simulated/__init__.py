"""A product of which everything is known: how often each signal is right, and how often each annotator slips."""
