"""Parts of the Architecture page: controls, map and detail, numbers, tables."""
