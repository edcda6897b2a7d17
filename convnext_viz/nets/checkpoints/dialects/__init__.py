"""How others name the weights of our families."""
