"""What whoever runs an installation wants to know of it: requests, figures, connections."""
