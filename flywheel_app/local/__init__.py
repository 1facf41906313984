"""Flywheel on one machine: its own PostgreSQL and Valkey from wheels, and the demo. Knows nothing of Django."""
