"""The port by which Spark calls Python back for each batch, closed to anyone else."""

import secrets

from py4j.java_gateway import JavaObject
from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import SparkSession


def guard_callbacks(session: SparkSession) -> None:
    """Make Python's end ask for a token, and Java's end send it. PySpark asks for one at Java's end
    only.

    Without it any program on the machine could call what a stream calls, and end the stream. Call
    this before the first foreachBatch.
    """
    gateway = session.sparkContext._gateway  # noqa: SLF001, PySpark has no other way
    if gateway.__dict__.get("_callback_server") is not None:
        return
    token = secrets.token_hex(32)
    gateway.callback_server_parameters.auth_token = token
    ensure_callback_server_started(gateway)
    # Java's client had a token, and lost it when it got Python's port: PythonClient.copyWith leaves
    # it out.
    client = JavaObject("GATEWAY_SERVER", gateway._gateway_client).getCallbackClient()  # noqa: SLF001
    field = client.getClass().getSuperclass().getDeclaredField("authToken")
    field.setAccessible(True)
    field.set(client, token)
