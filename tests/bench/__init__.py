"""Benchmarks against peers in the same run, printing ratios: `uv run python -m tests.bench.start` and its siblings."""
