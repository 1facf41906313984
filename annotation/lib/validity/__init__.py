"""What a signal is worth, from labels that a queue chose: estimates, and intervals that hold at every look."""
