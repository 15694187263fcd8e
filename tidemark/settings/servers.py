"""Kafka, MySQL, Superset and JupyterLab."""

from pydantic import Field, SecretStr

from tidemark.settings.part import Part


class KafkaSettings(Part):
    bootstrap: str = Field(
        "127.0.0.1:9092", description="host:port of one or more brokers, separated by commas"
    )
    partitions: int = Field(2, ge=1, description="Partitions of a topic when it is created")
    replication: int = Field(
        1, ge=1, description="Replicas of each partition when a topic is created"
    )


class MysqlSettings(Part):
    host: str = Field("127.0.0.1", description="Host of MySQL or MariaDB")
    port: int = Field(3306, ge=1, le=65535, description="Port of MySQL or MariaDB")
    database: str = Field(
        "tidemark", pattern=r"^[A-Za-z0-9_]{1,48}$", description="Database that holds the tables"
    )
    root_password: SecretStr | None = Field(
        None,
        description="Password of `root`; only needed if `tidemark prepare` is to create the accounts",
    )
    migrator_password: SecretStr | None = Field(None, description="Password of `tidemark_migrator`")
    writer_password: SecretStr | None = Field(None, description="Password of `tidemark_writer`")
    reader_password: SecretStr | None = Field(
        None, description="Password of `tidemark_reader`, for people and notebooks"
    )
    charts_password: SecretStr | None = Field(
        None, description="Password of `tidemark_charts`, for Superset"
    )


class SupersetSettings(Part):
    port: int = Field(8088, ge=0, le=65535, description="Port of the dashboards; 0: any free port")
    https: bool = Field(
        False, description="Whether people reach the dashboards by https, through a reverse proxy"
    )
    behind_proxy: bool = Field(
        False, description="Whether to trust the headers `X-Forwarded-…` of a reverse proxy"
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Key that signs Superset's sessions and encrypts what it stores; a new key signs everybody out",
    )
    admin_password: SecretStr | None = Field(
        None, description="Password of Superset's user `admin`"
    )
    viewer_password: SecretStr | None = Field(
        None, description="Password of Superset's user `viewer`"
    )


class NotebookSettings(Part):
    port: int = Field(8888, ge=1, le=65535, description="Port of JupyterLab; only in containers")
    token: SecretStr | None = Field(
        None, description="Token that signs in to JupyterLab; only in containers"
    )
