"""Superset's own tables, kept small and readable: they lie in SQLite, which gives nothing back to
the disk."""

from typing import Any

from superset.utils.log import AbstractEventLogger

MAX_STATE_BYTES = 64 << 10
"""Of a dashboard's filters as somebody set them, or of a link to them."""
MAX_STATES = 2_000
MAX_LINKS = 1_000
"""The oldest go: whoever may see a dashboard may make links, as many as he likes."""

_KEPT = ("/permalink", "/filter_state")


class NoEventLog(AbstractEventLogger):  # type: ignore[misc]
    """Nobody reads the table of events, and a chart adds six rows to it: 0.6 GB a day for an open
    dashboard."""

    def log(self, *_arguments: Any, **_named: Any) -> None:
        pass

    def log_with_context(self, *_arguments: Any, **_named: Any) -> None:
        pass


def bound(app: Any) -> None:
    """Bound what viewers may leave in the store."""
    app.before_request(_refuse_large_states)
    app.after_request(_drop_old_links)


def _refuse_large_states() -> tuple[dict[str, str], int] | None:
    from flask import request

    is_kept = request.method in ("POST", "PUT") and any(kept in request.path for kept in _KEPT)
    if is_kept and len(request.get_data()) > MAX_STATE_BYTES:
        return {"message": f"The state of a dashboard may have {MAX_STATE_BYTES >> 10} KiB."}, 413
    return None


def _drop_old_links(answer: Any) -> Any:
    from flask import request

    if (
        request.method == "POST"
        and request.path.endswith("/permalink")
        and answer.status_code == 201
    ):
        drop_old_links(MAX_LINKS)
    return answer


def drop_old_links(keep: int) -> None:
    from superset.key_value.models import KeyValueEntry
    from superset.key_value.types import KeyValueResource

    from superset import db

    links = db.session.query(KeyValueEntry).filter_by(
        resource=KeyValueResource.DASHBOARD_PERMALINK.value
    )
    last = links.order_by(KeyValueEntry.id.desc()).offset(keep).first()
    if last is not None:
        links.filter(KeyValueEntry.id <= last.id).delete()
        db.session.commit()


def clear_events() -> None:
    """Delete the events that earlier versions logged. The file stays as large, and is filled before
    it grows."""
    from superset.models.core import Log

    from superset import db

    db.session.query(Log).delete()
    db.session.commit()


def clear_undecryptable() -> None:
    """Forget what was encrypted under another SUPERSET_SECRET_KEY: nobody can read it, and Superset
    fails where it is.

    The import writes the password of our database again.
    """
    from superset.models.core import Database
    from superset.utils.encrypt import EncryptedType

    from superset import db

    with db.engine.begin() as connection:
        for table in Database.metadata.tables.values():
            encrypted = [
                column for column in table.columns if isinstance(column.type, EncryptedType)
            ]
            for column in encrypted:
                _clear_undecryptable(connection, table.name, column)


def _clear_undecryptable(connection: Any, table: str, column: Any) -> None:
    rows = connection.exec_driver_sql(f"SELECT id, {column.name} FROM {table}").all()
    lost = [
        number for number, value in rows if not _is_readable(column.type, value, connection.dialect)
    ]
    for number in lost:
        connection.exec_driver_sql(
            f"UPDATE {table} SET {column.name} = NULL WHERE id = ?", (number,)
        )


def _is_readable(kind: Any, value: Any, dialect: Any) -> bool:
    try:
        kind.process_result_value(value, dialect)
    except (ValueError, TypeError):  # what the wrong key makes of it is no text, or has no end
        return False
    return True
