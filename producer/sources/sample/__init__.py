"""Made-up posts, for where no account is at hand."""
