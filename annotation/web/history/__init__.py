"""My labels: what an annotator has labeled, found again, looked at, and changed."""
