"""Parts of the Train page: set-up, watching a run, the list of runs."""
