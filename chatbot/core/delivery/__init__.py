"""How a post goes out once: whose turn it is, what was found when looking, and what a host posted by hand."""
