"""The files of a dataset: its shards in every container, and what stands beside them."""
