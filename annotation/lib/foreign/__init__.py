"""What other tools export, as records of our own: pure, one value of a file at a time."""
