"""What two stages must agree on. This package imports no other package of the project."""
