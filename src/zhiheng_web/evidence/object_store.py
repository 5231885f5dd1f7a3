"""Evidence in an S3-compatible store, sent and fetched by way of the disk; every failure is an OSError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

CONNECT_S, READ_S, TRIES = 5, 30, 2
"""How long a person waits for a store that does not answer, and how often it is asked."""
IN_MEMORY = 1024 * 1024
"""Bytes of a fetched file that are held in memory; beyond, it lies in the folder of uploads while it is read."""
LARGEST_PUT = 5 * 1000**3
"""Bytes that S3 takes in one request."""


class ObjectStoreError(OSError):
    """The store does not answer, or refuses."""


@contextmanager
def reported() -> Iterator[None]:
    """Turn what the client of the store raises into `ObjectStoreError`; a missing object stays a FileNotFoundError."""
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise ObjectStoreError(str(error)) from error


class ObjectStorage(S3Storage):  # type: ignore[misc]  # django-storages ships no types
    """
    Keeps each file in one request, so that no part of a file is ever there.

    Checksums are sent and asked for only where the protocol demands them: many stores that speak S3 know no others,
    and a content is checked against its SHA-256 before it is sent.
    """

    def __init__(self, *, addressing_style: str = "auto", **options: Any) -> None:
        client = Config(
            s3={"addressing_style": addressing_style},
            signature_version="s3v4",
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        transfer = TransferConfig(multipart_threshold=LARGEST_PUT, use_threads=False)
        super().__init__(max_memory_size=IN_MEMORY, client_config=client, transfer_config=transfer, **options)

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """Fetch a file whole, so that a failure comes before the first byte of an answer."""
        with reported():
            found: File[bytes] = super()._open(name, mode)
            try:
                found.open()
            except BaseException:
                found.close()
                raise
            return found

    def _save(self, name: str, content: File[bytes]) -> str:
        with reported():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is removed already."""
        with reported():
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Return whether a file is there."""
        with reported():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        """Return the bytes of a file."""
        with reported():
            return int(super().size(name))

    def modified(self) -> Iterator[tuple[str, datetime]]:
        """Yield the name of every file with the moment it was put there: one request for a thousand files."""
        with reported():
            pages = self.connection.meta.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket_name):
                for found in page.get("Contents", ()):
                    yield found["Key"], found["LastModified"]
