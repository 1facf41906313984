"""Engineers' pages of triggers: the list, the form with its dry run, and one trigger with what it started."""
