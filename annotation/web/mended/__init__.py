"""Two answers beside each other: blind for who judges them, told apart for who reads what came of it."""
