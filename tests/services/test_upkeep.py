"""What an operator is shown of tables and disks, on a real database."""

import io
from pathlib import Path

from drivers import ask, driver
from old_rows import KEEP, two_months_of_posts
from rich.console import Console

from tidemark.settings import KafkaSettings, MysqlSettings, Settings
from tidemark.upkeep.guard import seen_disks, unseen_disks
from tidemark.upkeep.tables import drop_now, show_tables


def shown(settings: Settings) -> dict[str, list[str]]:
    """By table, the cells of its line."""
    out = io.StringIO()
    show_tables(settings, Console(file=out, width=200))
    lines = [
        [cell.strip() for cell in line.split("│")]
        for line in out.getvalue().splitlines()
        if "│" in line
    ]
    return {cells[1]: cells[2:-1] for cells in lines}


def test_every_table_is_shown_with_its_rows_its_oldest_day_and_how_long_it_is_kept(
    tables: MysqlSettings,
) -> None:
    with driver(tables) as running:
        running.merge(two_months_of_posts())
    question = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
    everything = {name for (name,) in ask(tables, question)}
    settings = Settings(mysql=tables, keep=KEEP)
    ((day_sums_since, rejected_since),) = ask(
        tables,
        "SELECT (SELECT DATE(MIN(day_at)) FROM hashtag_days), (SELECT DATE(MIN(received_at)) FROM rejected)",
    )

    before = shown(settings)
    told: list[str] = []
    drop_now(settings, told.append)
    after = shown(settings)

    assert set(before) == everything
    assert before["hashtag_days"][3:] == [str(day_sums_since), "45 days"]
    assert before["rejected"][3:] == [str(rejected_since), "10 days"]
    assert before["posts"][3:] == before["hashtags"][3:] == ["", "20 days"]
    assert before["ledger"][3:] == ["", ""]
    assert shown(Settings(mysql=tables))["posts"][4] == "for ever"
    assert after["posts"][3].startswith("from 20")
    assert "posts: 300 rows dropped" in told  # today is long after
    assert after["rejected"][3] == ""


def test_the_disk_of_a_database_that_is_here_is_seen_and_one_elsewhere_is_named(
    tables: MysqlSettings, tmp_path: Path
) -> None:
    settings = Settings(mysql=tables, data_dir=tmp_path)
    elsewhere = tables.model_copy(update={"host": "db.example"})

    assert "MySQL" in ", ".join(disk.what for disk in seen_disks(settings))
    assert unseen_disks(settings) == []
    assert unseen_disks(
        Settings(mysql=elsewhere, kafka=KafkaSettings(bootstrap="a:9092,b:9092"))
    ) == [
        f"MySQL at db.example:{tables.port}",
        "Kafka at a:9092,b:9092",
    ]
