"""The Your-images page: a set of one's own, a network trained on it, and what it learnt."""
