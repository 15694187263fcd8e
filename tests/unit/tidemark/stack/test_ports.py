"""Ports on loopback, and the one of the dashboards."""

import pytest

from tidemark.errors import SetupError
from tidemark.settings import Settings, SupersetSettings
from tidemark.stack.embedded.dashboards import choose_port
from tidemark.stack.embedded.ports import answers, free_port, is_free, listen


def test_a_free_port_is_free_until_somebody_takes_it() -> None:
    port = free_port()

    assert is_free(port)
    assert not answers(port)
    with listen(port):
        assert not is_free(port)
        assert answers(port)
    assert is_free(port)


def test_the_port_asked_for_is_taken_where_it_is_free() -> None:
    port = free_port()

    assert choose_port(Settings(superset=SupersetSettings(port=port))) == port


def test_a_taken_port_that_was_asked_for_is_an_error() -> None:
    port = free_port()

    with listen(port), pytest.raises(SetupError, match=f"port {port} is used by another program"):
        choose_port(Settings(superset=SupersetSettings(port=port)))


def test_a_taken_port_that_nobody_asked_for_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = free_port()
    usual = SupersetSettings.model_construct(_fields_set=set(), port=taken)

    with listen(taken):
        chosen = choose_port(Settings().model_copy(update={"superset": usual}))

    assert chosen != taken
    assert is_free(chosen)


def test_zero_is_any_port() -> None:
    assert is_free(choose_port(Settings(superset=SupersetSettings(port=0))))
