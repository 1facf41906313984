"""How datasets follow one another: increments, and two versions side by side."""
