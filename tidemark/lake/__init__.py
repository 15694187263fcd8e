"""The lake: a Delta table for each topic, read and written without Spark. Knows no broker and no
decoder."""
