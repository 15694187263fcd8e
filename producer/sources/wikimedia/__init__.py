"""Wikimedia: EventStreams."""
