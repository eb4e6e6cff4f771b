"""The networks: one port, and one module for each network that fulfils it."""
