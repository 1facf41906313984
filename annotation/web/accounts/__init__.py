"""Accounts of people: who may come in, with what, from where; and each person's own page about that."""
