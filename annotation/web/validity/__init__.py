"""Is the signal valid? The pages on which engineers read which signals to train on, which not, and why."""
