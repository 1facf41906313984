"""The pages on which an admin watches what waits for people, and moves it."""
