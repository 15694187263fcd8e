"""What a server that refuses rows says, told from all else that fails in a write."""

import pytest
from py4j.protocol import Py4JJavaError

from spark_jobs.adapters.jdbc import translate_jdbc_errors
from tidemark.errors import MysqlAwayError, RefusedError, StreamError


class Thrown:
    """A Java exception, as py4j holds it."""

    _target_id = "o1"

    def __init__(self, text: str) -> None:
        self._text = text

    def toString(self) -> str:
        return self._text


AT_ONCE = "java.sql.SQLException: (conn=15) Access denied, this account is locked"
OF_A_TASK = (
    "org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 5.0 failed 4 times, most recent"
    " failure: Lost task 0.3 in stage 5.0 (TID 7) (localhost executor driver): {}\n"
    "\tat org.mariadb.jdbc.client.impl.ConnectionHelper.connectSocket(ConnectionHelper.java:131)\n"
    "Caused by: java.net.ConnectException: Connection refused\n"
)


@pytest.mark.parametrize(
    ("text", "said", "error"),
    [
        (AT_ONCE, "(conn=15) Access denied, this account is locked", RefusedError),
        (
            "java.sql.SQLException: (conn=7) The table is full",
            "(conn=7) The table is full",
            StreamError,
        ),
        (
            OF_A_TASK.format(
                "java.sql.BatchUpdateException: (conn=7) Deadlock found when trying to get lock"
            ),
            "(conn=7) Deadlock found when trying to get lock",
            MysqlAwayError,
        ),
        (
            OF_A_TASK.format(
                "java.sql.SQLNonTransientConnectionException: Socket fail to connect to 127.0.0.1:3306"
            ),
            "Socket fail to connect to 127.0.0.1:3306",
            MysqlAwayError,
        ),
        (
            OF_A_TASK.format(
                "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure"
            ),
            "Communications link failure",
            MysqlAwayError,
        ),
    ],
    ids=["refused", "full", "a batch", "of a task", "MySQL's driver"],
)
def test_a_server_that_takes_no_rows_is_an_error_of_one_line(
    text: str, said: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised, translate_jdbc_errors():
        raise Py4JJavaError("An error occurred while calling o464.save.", Thrown(text))

    assert (
        str(raised.value) == f"MySQL took no batch from Spark, and nothing of it is stored: {said}"
    )
    assert type(raised.value) is error


def test_what_fails_in_a_task_of_ours_is_raised_as_it_is() -> None:
    text = OF_A_TASK.format(
        "org.apache.spark.api.python.PythonException: Traceback (most recent call last):"
    )

    with pytest.raises(Py4JJavaError), translate_jdbc_errors():
        raise Py4JJavaError("An error occurred while calling o464.save.", Thrown(text))
