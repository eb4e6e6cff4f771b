"""Benchmarks against peers in the same run; not timed tests. Each prints ratios: `uv run python -m tests.bench.start`."""
