"""What live sources share of connections: retries, bounded reading, server-sent events."""
