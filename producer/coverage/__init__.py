"""When a source was read and when not: gaps found, seconds covered reported."""
