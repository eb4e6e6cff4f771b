"""What of a person may be stored, shown and published, and what is forgotten."""
