"""From labels to files that trainers load: request, select, format, write."""
