"""Events into Kafka: sending, acknowledgements, and what a killed run had sent."""
