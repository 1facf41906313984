"""The pages of imports: upload a file, see what will become of it, start it, watch it."""
