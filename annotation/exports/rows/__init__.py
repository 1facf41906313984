"""What a row refers to, as the values and lines that its readers expect."""
