"""Payload bytes → typed rows, or a rejected row with a reason. Pure Python, one file a source."""
