"""Features, and where the door of each is set."""
