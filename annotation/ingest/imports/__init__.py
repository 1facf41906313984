"""Uploaded files: asked for, checked, started, taken. Writes the tables `Import` and `ImportRefusal`."""
