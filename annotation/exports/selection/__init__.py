"""Which rows a dataset holds, in which split, and why the others are not in it."""
