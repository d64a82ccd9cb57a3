"""Finished networks, one architecture a file."""
