"""Source writers: a spec as readable PyTorch code, one file for each family."""
