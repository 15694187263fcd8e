"""Each source in a file of its own, behind one protocol."""
