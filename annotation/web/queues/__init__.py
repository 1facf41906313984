"""Queues: what people are asked about, and how it is set."""
