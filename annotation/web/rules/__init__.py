"""Rules: written, tried on past items, switched on, and how often they are right."""
