"""Bring Superset to what this folder says. Safe to run any number of times.

    python bootstrap.py schema     its own tables and roles; needs no MySQL
    python bootstrap.py assets     users, datasets, charts, dashboards
    python bootstrap.py            both

One process, where `superset db upgrade`, `init` and `import` pay the same start three times. Needs
SUPERSET_CONFIG_PATH, _HOME and _SECRET_KEY; for assets also SUPERSET_ADMIN_PASSWORD,
SUPERSET_VIEWER_PASSWORD and MYSQL_HOST, _PORT, _DATABASE, _USER, _PASSWORD of an account that may
only read. Secrets may be files: given.py.
"""

import os
import shutil
import sys
from pathlib import Path
from string import Template
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))

import accounts
import given
from query_contexts import query_context
from stylesheet import stylesheet

ASSETS = Path(__file__).parent / "assets"
DATABASE_FILE = "databases/tidemark.yaml"


def bundle() -> dict[str, str]:
    """Return assets/ as the importer wants it: {path: YAML}."""
    return {
        path.relative_to(ASSETS).as_posix(): _completed(
            path.relative_to(ASSETS).as_posix(), path.read_text()
        )
        for path in sorted(ASSETS.rglob("*.yaml"))
    }


def _completed(name: str, text: str) -> str:
    if name == DATABASE_FILE:
        return Template(text).substitute(os.environ)  # a KeyError names the missing variable
    asset = yaml.safe_load(text)
    if name.startswith("charts/"):
        asset["query_context"] = query_context(asset["params"])
    elif name.startswith("dashboards/"):
        asset["css"] = stylesheet(asset)
    return yaml.safe_dump(asset, sort_keys=False, allow_unicode=True)


def lay_out_store() -> None:
    """Copy Superset's own tables to a new store, where they lie ready: making them takes ten
    seconds."""
    template = Path(sys.prefix, "template", "superset.db")
    store = Path(os.environ["SUPERSET_HOME"], "superset.db")
    if template.exists() and not store.exists():
        new = store.with_suffix(".new")
        shutil.copyfile(template, new)
        new.chmod(0o600)
        new.rename(store)


def write_schema() -> None:
    """Write Superset's own tables and roles. Call it in an app context."""
    from flask_migrate import upgrade

    upgrade()
    accounts.write_roles()


def write_assets() -> None:
    """Write users, and everything in assets/. Call it in an app context."""
    import store
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db
    from superset.utils.core import override_user

    store.clear_undecryptable()
    store.clear_events()
    with override_user(accounts.write_admin()):
        ImportAssetsCommand(
            bundle(), passwords={DATABASE_FILE: given.needed_secret("MYSQL_PASSWORD")}
        ).run()
    accounts.write_viewer(dataset.perm for dataset in db.session.query(SqlaTable))


STEPS = {"schema": write_schema, "assets": write_assets}


def main(steps: list[str]) -> Any:
    """Run the named steps, all of them if none is named; returns the app."""
    if unknown := set(steps) - set(STEPS):
        sys.exit(
            f"bootstrap.py knows no step {', '.join(sorted(unknown))}; it knows {', '.join(STEPS)}"
        )
    lay_out_store()
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        for name in steps or STEPS:
            STEPS[name]()
    return app


if __name__ == "__main__":
    main(sys.argv[1:])
