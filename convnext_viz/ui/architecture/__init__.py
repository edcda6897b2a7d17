"""What the Architecture page is made of: controls, map and detail, numbers, tables."""
