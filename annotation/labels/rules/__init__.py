"""Rules: an admin says under which condition a signal means what, tries that on past items, and switches it on.

From then on it labels new items by itself, as a rater of its own. It never decides: what people decide is what it is
measured against. Writing one (`writing`), what it reads (`cases`), trying it (`trial`), switching it (`switch`),
labeling (`labeling`; new items by `sweep`, those that are there by `backfill`), and how often it is right (`accuracy`;
kept for queues that weigh items by it by `measuring`).
"""
