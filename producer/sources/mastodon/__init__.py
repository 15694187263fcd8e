"""Mastodon: public timelines of an instance."""
