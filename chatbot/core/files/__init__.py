"""What people write in files: plans, settings and imports, read with every mistake and its line, and written."""
