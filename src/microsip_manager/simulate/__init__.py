"""Thousands of simulated PCs in few processes, for demonstrations, measurements and tests of a server."""
