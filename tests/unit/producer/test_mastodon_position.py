"""How far a timeline is read, by its stream and by the pages beside it."""

from producer.sources.mastodon.position import SyncPosition


def connected(synced_to: str | None = None) -> SyncPosition:
    position = SyncPosition()
    position.resume(synced_to)
    position.on_opened(1)
    return position


def test_the_stream_runs_ahead_until_the_backfill_has_met_it() -> None:
    position = connected("100")
    position.on_streamed("300")
    assert (position.synced_to, position.is_complete) == ("100", False)

    position.on_reached("200")
    assert position.synced_to == "200"
    assert position.on_finished(1, is_lost=False) is False
    assert (position.synced_to, position.is_complete) == ("300", True)

    position.on_streamed("400")
    assert position.synced_to == "400"


def test_a_backfill_of_an_earlier_connection_completes_nothing_but_what_it_lost_is_remembered() -> (
    None
):
    position = connected("100")
    position.on_disconnected()
    position.on_opened(2)

    assert position.on_finished(1, is_lost=True) is None
    assert not position.is_complete
    assert position.on_finished(2, is_lost=False) is True
    position.on_disconnected()
    position.on_opened(3)
    assert position.on_finished(3, is_lost=False) is False


def test_posts_of_pages_were_missed_that_are_later_than_the_cut() -> None:
    position = connected("99")
    position.on_finished(1, is_lost=False)
    position.on_streamed("100")
    position.on_disconnected()
    position.on_opened(2)
    position.on_reached("200")

    missed = [post_id for post_id in ("99", "100", "101", "1000") if position.was_missed(post_id)]
    assert missed == ["101", "1000"]
    assert not position.was_missed(None)
    assert not connected().was_missed("1")
