"""The sources, each in a package, behind one protocol."""
