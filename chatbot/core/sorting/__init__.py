"""Which question a post answers and why, what the rules say of it, and what people decided."""
