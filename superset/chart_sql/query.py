"""Queries made of named parts, so that each part reads as a query by itself."""


def query(select: str, /, **parts: str) -> str:
    """Return `select` behind its common table expressions; each may read those named before it."""
    named = ",\n".join(f"{name} AS (\n{sql}\n)" for name, sql in parts.items())
    return f"WITH {named}\n{select}"
