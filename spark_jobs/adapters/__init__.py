"""The only code of the jobs that touches the outside."""
