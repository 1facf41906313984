"""Known answers: what is asked again, and how often people then say the same."""
