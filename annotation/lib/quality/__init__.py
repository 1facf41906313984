"""What one person's answers tell about how they were given: pure figures, never a verdict by themselves."""
