import socket
import struct
from types import SimpleNamespace

import pytest
from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
from pyspark.accumulators import AccumulatorTCPServer, UpdateRequestHandler

from spark_jobs.adapters.jvm import living_jvm, silence_jvm_exit
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


@pytest.mark.parametrize(
    "answer",
    [
        Py4JJavaError(
            "An error occurred while calling o53.load.\n", SimpleNamespace(_target_id="o54")
        ),
        Py4JError(
            "An error occurred while calling o53.load. Trace:\npy4j.Py4JException: Method load([]) does not exist\n"
        ),
    ],
    ids=["an exception of Java's", "no such method"],
)
def test_what_a_jvm_answers_is_raised_as_it_is(answer: Py4JError) -> None:
    with pytest.raises(Py4JError) as raised, living_jvm():
        raise answer

    assert raised.value is answer


@pytest.mark.parametrize(
    ("told", "errors"),
    [(b"right" + struct.pack("!i", 0), 0), (b"wrong", 1)],
    ids=["by what ends", "by who is somebody else"],
)
def test_of_what_tasks_add_up_a_failure_is_told_and_an_end_is_none(
    told: bytes, errors: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    silence_jvm_exit()
    with AccumulatorTCPServer(("127.0.0.1", 0), UpdateRequestHandler, "right") as server:
        with socket.create_connection(server.server_address) as jvm:
            jvm.sendall(told)

        server.handle_request()

    assert [record.message for record in caplog.records] == [
        "PySpark failed to read the accumulators of a task"
    ] * errors
    assert capfd.readouterr() == ("", "")
