"""Whether a product that learns from its own output feeds on itself: figures from values, without a database."""
