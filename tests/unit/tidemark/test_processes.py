"""The table of what processes read, against the settings that there are."""

from dataclasses import replace

import pytest

from tidemark.contracts.sources import SOURCES
from tidemark.settings import Settings, every_setting
from tidemark.settings.processes import PROCESSES, Process

DEFAULTS = Settings.model_construct()


@pytest.mark.parametrize("name", PROCESSES)
def test_what_a_row_names_is_a_setting_or_a_part_of_them(name: str) -> None:
    row = PROCESSES[name]

    assert all(Process(reads=(path,)).settings_in(DEFAULTS) for path in row.reads)
    assert all(Process(secrets=(path,)).secrets_in(DEFAULTS) for path in row.secrets)
    paths = {".".join(setting.path) for setting in every_setting(DEFAULTS)}
    assert set(row.names) <= paths


def test_every_secret_is_read_by_a_process_and_named_by_its_variable_but_for_other_programs() -> (
    None
):
    ours = [row for row in PROCESSES.values() if not row.names]
    theirs = {path for row in PROCESSES.values() for path in row.names}
    read = {name for row in ours for name in row.secrets_in(DEFAULTS)}
    secrets = [setting for setting in every_setting(DEFAULTS) if setting.is_secret]

    assert [
        setting.variable
        for setting in secrets
        if setting.variable not in read and ".".join(setting.path) not in theirs
    ] == []


def test_a_source_that_is_added_to_the_table_is_read_by_the_producer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Its settings are those of another one here: only the row is new.
    before = PROCESSES["producer"].secrets_in(DEFAULTS).keys()
    monkeypatch.delitem(SOURCES, "mastodon")
    without = PROCESSES["producer"].secrets_in(DEFAULTS).keys()
    monkeypatch.setitem(SOURCES, "mastodon", replace(SOURCES["bluesky"], secrets=("access_token",)))

    assert before - without == {"TIDEMARK_MASTODON__ACCESS_TOKEN"}
    assert PROCESSES["producer"].secrets_in(DEFAULTS).keys() == before
