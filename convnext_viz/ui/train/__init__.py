"""What the Train page is made of: set-up, watching a run, the shelf, the doors to the lab."""
