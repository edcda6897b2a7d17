"""What the Train page is made of: set-up, watching a run, the list of runs."""
