"""Roles and users: `admin` may do all, `viewer` reads the dashboards, anybody else sees nothing."""

import sys
from collections.abc import Iterable
from typing import Any

import given

Permission = tuple[str, str]

# What a signed-in page needs beyond Superset's own set for readers.
VIEWER: set[Permission] = {
    (
        "can_log",
        "Superset",
    ),  # the page reports its events; without it each load is an HTTP 500 in the log
    ("can_recent_activity", "Log"),
    ("can_drill", "Dashboard"),
    ("can_get_drill_info", "Dataset"),
    ("can_samples", "Datasource"),
    ("can_view_chart_as_table", "Dashboard"),
    ("can_csv", "Superset"),
    ("can_write", "DashboardPermalinkRestApi"),
    ("can_share_dashboard", "Superset"),
    ("menu_access", "Dashboards"),
}

# Of Superset's own set: what no page of ours asks for, and what names columns that a dataset
# does not show.
NOT_OF_A_VIEWER: set[Permission] = {
    ("can_explore_json", "Superset"),
    ("can_query", "Api"),
    ("can_query_form_data", "Api"),
    ("can_external_metadata", "Datasource"),
    ("can_read", "EmbeddedDashboard"),
    ("can_read", "Theme"),
    ("can_read", "CssTemplate"),
}


def write_roles() -> None:
    """Write permissions of this Superset and its own roles, as `superset init` makes them."""
    from superset.extensions import appbuilder, db, security_manager

    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()


def write_admin() -> Any:
    return _write_user("admin", "Admin", given.needed_secret("SUPERSET_ADMIN_PASSWORD"))


def write_viewer(dataset_permissions: Iterable[str]) -> None:
    """Write the role Viewer, over these datasets alone, and its user where SUPERSET_VIEWER_PASSWORD is
    set."""
    from superset.extensions import db, security_manager

    readers = set(security_manager.PUBLIC_ROLE_PERMISSIONS)
    wanted = sorted((readers - NOT_OF_A_VIEWER) | VIEWER) + [
        ("datasource_access", name) for name in dataset_permissions
    ]
    found = {pair: security_manager.find_permission_view_menu(*pair) for pair in wanted}
    # Superset's own set names one that does not exist; ours may not.
    if missing := [
        pair for pair, permission in found.items() if permission is None and pair not in readers
    ]:
        sys.exit(f"Superset knows no permission {missing}; see superset/accounts.py")
    role = security_manager.add_role("Viewer")
    role.permissions = [permission for permission in found.values() if permission]
    db.session.commit()
    if password := given.secret("SUPERSET_VIEWER_PASSWORD"):
        _write_user("viewer", "Viewer", password)


def only_for_admins(users: Any) -> Any:
    """Filter a list of users or of their roles, as choosing an owner offers it: empty for all but
    admins, since it has mail addresses."""
    from superset.extensions import security_manager

    return users if security_manager.is_admin() else users.filter(False)


def _write_user(name: str, role: str, password: str) -> Any:
    from superset.extensions import security_manager

    if found := security_manager.find_user(username=name):
        security_manager.reset_password(
            found.id, password
        )  # the environment is the truth: rotate there
        return found
    made = security_manager.add_user(
        name, name, "user", f"{name}@localhost", security_manager.find_role(role), password
    )
    return made or sys.exit(f"Superset could not make the user {name}; see its log")
