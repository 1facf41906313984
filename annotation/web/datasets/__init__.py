"""Engineers' pages of datasets: what was made, the form to ask for one, and one export from waiting to downloaded."""
