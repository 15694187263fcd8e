"""One stack of containers for all tests that ask for it."""

from collections.abc import Iterator

import pytest
from compose.compose_stack import ComposeStack


@pytest.fixture(scope="session")
def compose() -> Iterator[ComposeStack]:
    """Up from nothing, with made-up posts flowing; all of it is gone afterwards."""
    stack = ComposeStack(TIDEMARK_SAMPLE__RATE="20", TIDEMARK_SAMPLE__HISTORY_MINUTES="10", TIDEMARK_LAKE__EVERY_S="10")
    with stack.running():
        yield stack
