"""What two stages must agree on. Imports nothing of ours."""
