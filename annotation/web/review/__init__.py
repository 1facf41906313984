"""Adjudicators' pages: what annotators disagree on, the word that settles it, and what they are asked again."""
