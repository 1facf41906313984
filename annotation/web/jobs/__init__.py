"""The admins' page of all jobs."""
