"""Tables and Kafka rebuilt from the lake."""
