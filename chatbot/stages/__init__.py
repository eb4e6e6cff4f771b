"""The verbs: each gathers facts, asks the core, and writes down what it decided. No stage calls another."""
