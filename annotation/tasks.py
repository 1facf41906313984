"""Every Celery task: ids in, load, one call."""
