"""People who label: what is known of how they do, and what an admin decides about it."""
