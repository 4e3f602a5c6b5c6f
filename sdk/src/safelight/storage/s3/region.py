"""Which region a bucket is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_REGION_HEADER = "x-amz-bucket-region"
#: GetBucketLocation's names for regions older than its names ("LocationConstraint" in the S3 API).
_HISTORIC = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}


def discover_region(client: S3Client, bucket: str) -> str | None:
    """The bucket's region; None where the server does not say.

    `s3:ListBucket` or `s3:GetBucketLocation` suffices; AWS names the region even when it denies HeadBucket.

    Raises:
        botocore.exceptions.BotoCoreError: the server did not answer
    """
    try:
        headers = client.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
    except ClientError as error:
        headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if _REGION_HEADER in headers:
        return headers[_REGION_HEADER]
    try:
        location: str | None = client.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    except ClientError:
        return None
    return _HISTORIC.get(location, location)
