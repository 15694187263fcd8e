"""Topics → tables."""
