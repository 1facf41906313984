"""How long things take when many are still on their way: curves over what has ended and what hasn't yet."""
