"""Replay: recorded posts of X, out of a file."""
