"""Bluesky: Jetstream."""
