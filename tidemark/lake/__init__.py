"""The lake: a Delta table for each topic, read and written without Spark.

Nothing here knows a broker or a decoder.
"""
