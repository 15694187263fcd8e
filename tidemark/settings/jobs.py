"""The jobs, and the lake that they fill."""

from pydantic import Field, SecretStr

from tidemark.settings.part import Part


class SparkSettings(Part):
    max_rows_per_batch: int = Field(
        100_000, ge=1, description="Records a micro-batch may take from Kafka"
    )
    reject_limit: int = Field(
        10_000,
        ge=1,
        description="More refused records of a source in a row, none good between, set it aside",
    )


class LakeSettings(Part):
    path: str | None = Field(
        None,
        description="Folder or bucket (s3://…) of the lake; `lake` in the data folder by default, `none` for none",
    )
    every_s: int = Field(
        60, ge=1, description="Seconds between two additions to a table of the lake"
    )
    keep_days: int | None = Field(
        None, ge=1, description="Days that the lake keeps what arrived; the default is for ever"
    )
    s3_endpoint: str | None = Field(
        None, pattern="^https?://.", description="Where the S3 API is, if not at AWS"
    )
    s3_region: str = Field("us-east-1", description="Region of the bucket")
    s3_access_key: SecretStr | None = Field(
        None, description="Access key id of the bucket's account"
    )
    s3_secret_key: SecretStr | None = Field(
        None, description="Secret access key of the bucket's account"
    )

    def store_options(self) -> dict[str, str]:
        """What opens the bucket; without keys, the account of the machine does."""
        options = {"AWS_REGION": self.s3_region}
        if self.s3_endpoint is not None:
            options |= {"AWS_ENDPOINT_URL": self.s3_endpoint, "AWS_ALLOW_HTTP": "true"}
        for name, secret in (
            ("AWS_ACCESS_KEY_ID", self.s3_access_key),
            ("AWS_SECRET_ACCESS_KEY", self.s3_secret_key),
        ):
            if secret is not None:
                options[name] = secret.get_secret_value()
        return options
