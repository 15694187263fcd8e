"""X: the filtered stream, by tweepy."""
