"""What becomes of a dataset that is there: handed out, looked into, kept, removed and made again."""
