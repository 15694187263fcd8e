"""The servers that everything else talks to."""

from pydantic import Field, SecretStr

from tidemark.settings.part import Part


class KafkaSettings(Part):
    bootstrap: str = Field(
        "127.0.0.1:9092", description="host:port of one or more brokers, by commas"
    )
    partitions: int = Field(2, ge=1, description="Partitions of each topic when it is first made")
    replication: int = Field(1, ge=1, description="Copies of each partition when it is first made")


class MysqlSettings(Part):
    host: str = Field("127.0.0.1", description="Host of MySQL or MariaDB")
    port: int = Field(3306, ge=1, le=65535, description="Port of MySQL or MariaDB")
    database: str = Field(
        "tidemark", pattern=r"^[A-Za-z0-9_]{1,48}$", description="Database of all tables"
    )
    root_password: SecretStr | None = Field(
        None,
        description="Password of `root`; only where `tidemark prepare` shall make the accounts",
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
    port: int = Field(
        8088, ge=0, le=65535, description="Port of the dashboards; 0 takes a free one"
    )
    https: bool = Field(
        False, description="Whether people reach the dashboards by https, through a proxy of yours"
    )
    behind_proxy: bool = Field(
        False, description="Whether to believe a proxy's word of who asks (`X-Forwarded-…`)"
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Signs Superset's sessions, encrypts what it keeps; with a new one all sign in anew",
    )
    admin_password: SecretStr | None = Field(
        None, description="Password of Superset's user `admin`"
    )
    viewer_password: SecretStr | None = Field(
        None, description="Password of Superset's user `viewer`"
    )


class NotebookSettings(Part):
    port: int = Field(8888, ge=1, le=65535, description="Port of JupyterLab; in containers only")
    token: SecretStr | None = Field(None, description="Signs in to JupyterLab; in containers only")
