from types import SimpleNamespace

import pytest
from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError

from spark_jobs.edges.jvm import living_jvm
from tidemark.errors import StreamError


@pytest.mark.parametrize(
    "error",
    [
        Py4JNetworkError("Answer from Java side is empty"),
        Py4JError("An error occurred while calling o53.awaitAnyTermination"),
        ConnectionResetError(104, "Connection reset by peer"),
        ConnectionRefusedError(111, "Connection refused"),
    ],
    ids=["closed", "reset amid a question", "reset", "refused"],
)
def test_a_jvm_that_has_ended_is_told_in_one_line(error: Exception) -> None:
    with pytest.raises(StreamError, match="Spark's JVM has ended"), living_jvm():
        raise error


def test_what_a_jvm_answers_is_raised_as_it_is() -> None:
    answer = Py4JJavaError("An error occurred while calling o53.load", SimpleNamespace(_target_id="o54"))

    with pytest.raises(Py4JJavaError) as raised, living_jvm():
        raise answer

    assert raised.value is answer
