"""The jobs, and the lake that they write."""

from pydantic import Field, SecretStr

from tidemark.settings.part import Part


class SparkSettings(Part):
    max_rows_per_batch: int = Field(
        100_000, ge=1, description="Most records that a micro-batch reads from Kafka"
    )
    reject_limit: int = Field(
        10_000,
        ge=1,
        description="Rejected records of a source in a row after which no more of them are stored",
    )


class PostsSettings(Part):
    keep_text: bool = Field(
        True, description="Whether MySQL keeps what posts say, in column `text` of `posts`"
    )


class LakeSettings(Part):
    path: str | None = Field(
        None,
        description="Folder or bucket (s3://…) of the lake; default: `lake` in the data folder; `none`: no lake",
    )
    every_s: int = Field(60, ge=1, description="Seconds between two commits to a table of the lake")
    keep_days: int | None = Field(
        None, ge=1, description="Days that the lake keeps records; default: for ever"
    )
    s3_endpoint: str | None = Field(
        None, pattern="^https?://.", description="URL of the S3 API, if it is not that of AWS"
    )
    s3_region: str = Field("us-east-1", description="Region of the bucket")
    s3_access_key: SecretStr | None = Field(
        None, description="Access key id of the bucket's account"
    )
    s3_secret_key: SecretStr | None = Field(
        None, description="Secret access key of the bucket's account"
    )

    def store_options(self) -> dict[str, str]:
        """Return the options with which delta-rs opens the bucket; without keys, it uses the account
        of the machine."""
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
