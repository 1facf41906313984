"""Datasets read by the libraries they are made for, in an environment of their own: they weigh too much for ours."""
