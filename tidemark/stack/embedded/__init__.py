"""The stack without Docker: real servers as child processes on loopback."""
