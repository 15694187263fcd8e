from producer.sources.base.recent import Recent


def new(shared: str = "", latest: str = "") -> Recent:
    return Recent(shared, latest, digest_bytes=8, kept=500, in_cursor=200)


def test_a_name_is_new_once_and_again_after_many_others() -> None:
    recent = new()

    assert [recent.add(b"first"), recent.add(b"first")] == [True, False]
    assert all(recent.add(b"%d" % number) for number in range(500))
    assert recent.add(b"first")


def test_the_last_of_them_are_known_after_a_restart() -> None:
    recent = new()
    names = [b"%d" % number for number in range(450)]
    for name in names:
        recent.add(name)

    resumed = new(recent.shared, recent.latest)

    assert not any(resumed.add(name) for name in names[-200:])
    assert resumed.add(names[0])


def test_cursors_share_all_but_the_latest() -> None:
    recent = new()
    for number in range(70):
        recent.add(b"%d" % number)
    before = recent.shared
    recent.add(b"one more")

    assert recent.shared is before
    assert len(recent.latest) < len(recent.shared)
