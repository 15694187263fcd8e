"""Sources → topics."""
