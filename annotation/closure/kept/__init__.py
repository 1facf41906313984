"""The closure figures of each feature and day, kept up as things change."""
