"""Engineers' pages of recipes: the list, the form, and one recipe with what came of it."""
