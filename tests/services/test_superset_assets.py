"""superset/ as Superset has it: each file one object, a second start changes nothing, and who may
see what."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dashboard_api import Api, RunningSuperset

from tidemark.stack.project import FOLDER, SUPERSET

KINDS = ("chart", "dashboard", "dataset", "database")
NAMES = {
    "chart": "slice_name",
    "dashboard": "dashboard_title",
    "dataset": "table_name",
    "database": "database_name",
}


@pytest.fixture(scope="module")
def admin(superset: RunningSuperset) -> Api:
    return superset.api("admin")


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.api("viewer")


@pytest.fixture
def nobody(superset: RunningSuperset) -> Api:
    return Api(superset.url, "", "")


def asset_files(kind: str) -> list[dict[str, Any]]:
    return [
        yaml.safe_load(path.read_text())
        for path in (SUPERSET / "assets" / f"{kind}s").rglob("*.yaml")
    ]


def everything(admin: Api) -> dict[str, list[tuple[int, str]]]:
    return {
        kind: sorted((one["id"], one[NAMES[kind]]) for one in admin.objects(kind)) for kind in KINDS
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_became_one_object(admin: Api, kind: str) -> None:
    found = sorted(one[NAMES[kind]] for one in admin.objects(kind))

    assert found == sorted(file[NAMES[kind]] for file in asset_files(kind))


def test_every_chart_is_on_a_dashboard(viewer: Api) -> None:
    slugs = [file["slug"] for file in asset_files("dashboard")]
    placed = [
        viewer.ask("GET", f"/api/v1/dashboard/{slug}/charts").json()["result"] for slug in slugs
    ]

    assert sorted(chart["slice_name"] for charts in placed for chart in charts) == sorted(
        file["slice_name"] for file in asset_files("chart")
    )


def test_a_second_start_changes_nothing(superset: RunningSuperset, admin: Api) -> None:
    before = everything(admin)

    python = FOLDER / ".venv-superset" / "bin" / "python"
    again = subprocess.run(
        [python, SUPERSET / "bootstrap.py"],
        env=superset.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert again.returncode == 0, again.stderr[-2_000:]
    assert everything(admin) == before


def test_an_unknown_step_is_refused_by_name(superset: RunningSuperset) -> None:
    python = FOLDER / ".venv-superset" / "bin" / "python"

    wrong = subprocess.run(
        [python, SUPERSET / "bootstrap.py", "asets"],
        env=superset.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert wrong.returncode == 1
    assert wrong.stderr.strip() == "bootstrap.py knows no step asets; it knows schema, assets"


def test_the_viewer_reads_every_chart(viewer: Api) -> None:
    for file in asset_files("dashboard"):
        assert viewer.ask("GET", f"/api/v1/dashboard/{file['slug']}").status_code == 200
    for chart in viewer.objects("chart"):
        answer = viewer.ask("GET", f"/api/v1/chart/{chart['id']}/data/?force=true")
        assert answer.status_code == 200, (chart["slice_name"], answer.text[:500])
        assert all(result["rowcount"] for result in answer.json()["result"]), chart["slice_name"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/database/"),
        ("GET", "/api/v1/security/users/"),
        ("GET", "/api/v1/dashboard/export/?q=!(1)"),
        ("POST", "/api/v1/dashboard/"),
        ("PUT", "/api/v1/dashboard/1"),
        ("DELETE", "/api/v1/dashboard/1"),
        ("PUT", "/api/v1/chart/1"),
        ("DELETE", "/api/v1/chart/1"),
        ("PUT", "/api/v1/dataset/1"),
        ("POST", "/api/v1/sqllab/execute/"),
        ("GET", "/api/v1/theme/"),
        ("GET", "/api/v1/css_template/"),
    ],
)
def test_the_viewer_can_write_nothing_and_look_into_nothing_else(
    viewer: Api, method: str, path: str
) -> None:
    assert viewer.ask(method, path, {} if method in ("POST", "PUT") else None).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/dashboard/tidemark",
        "/api/v1/dashboard/tidemark/charts",
        "/api/v1/chart/1",
        "/api/v1/chart/1/data/",
        "/api/v1/dataset/1",
        "/superset/dashboard/tidemark/",
    ],
)
def test_who_has_not_signed_in_sees_nothing(nobody: Api, path: str) -> None:
    answer = nobody.ask("GET", path)

    assert answer.status_code in (302, 401, 403, 404), answer.text[:300]
    assert "hashtag" not in answer.text


def test_the_listings_of_who_has_not_signed_in_are_empty(nobody: Api) -> None:
    for kind in KINDS:
        answer = nobody.ask("GET", f"/api/v1/{kind}/")
        assert answer.status_code in (401, 403) or answer.json()["result"] == [], kind


def test_the_viewer_has_no_rights_that_no_page_of_ours_needs(viewer: Api) -> None:
    roles = viewer.ask("GET", "/api/v1/me/roles/").json()["result"]["roles"]
    rights = {tuple(right) for right in roles["Viewer"]}

    assert ("can_read", "Dashboard") in rights
    assert (
        rights
        & {
            ("can_explore_json", "Superset"),
            ("can_query", "Api"),
            ("can_external_metadata", "Datasource"),
        }
        == set()
    )
    assert {
        right for right in rights if right[1] in ("EmbeddedDashboard", "Theme", "CssTemplate")
    } == set()


def test_names_and_mail_of_users_are_for_admins(admin: Api, viewer: Api) -> None:
    for path in ("/api/v1/chart/related/owners", "/api/v1/dashboard/related/owners"):
        assert "admin@localhost" in admin.ask("GET", path).text
        assert viewer.ask("GET", path).json()["result"] == []


def test_no_password_is_in_files_or_answers(superset: RunningSuperset, admin: Api) -> None:
    secret = superset.environment["MYSQL_PASSWORD"]
    (database,) = admin.objects("database")

    told = admin.ask("GET", f"/api/v1/database/{database['id']}/connection").text
    written = "".join(
        path.read_text() for path in Path(SUPERSET).rglob("*") if path.suffix in {".yaml", ".py"}
    )

    assert secret not in told
    assert "XXXXXXXXXX" in written
    assert secret not in written


def test_what_the_form_for_signing_in_tells_leaves_the_session_alone(nobody: Api) -> None:
    """A new one would take the place of that of who has signed in meanwhile."""
    nobody.ask("GET", "/login/")

    answer = nobody.ask("POST", "/superset/log/?explode=events", [])

    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (204, None)


def test_pages_may_load_from_here_alone(nobody: Api) -> None:
    policy = nobody.ask("GET", "/login/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "*" not in policy
    assert "unsafe-eval" not in policy


def test_pages_are_framed_by_nobody_and_send_their_forms_here_alone(nobody: Api) -> None:
    headers = nobody.ask("GET", "/login/").headers

    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
