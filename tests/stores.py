"""A server that speaks S3, on a free port of this machine."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

BUCKET = "cho-photos"


def store_settings(url: str) -> dict[str, str]:
    return {"s3_bucket": BUCKET, "s3_url": url, "s3_key": "a-key", "s3_secret": "a-secret"}


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    import boto3
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        settings = store_settings("http://{}:{}".format(*server.get_host_and_port()))
        boto3.client(
            "s3",
            endpoint_url=settings["s3_url"],
            region_name="us-east-1",
            aws_access_key_id=settings["s3_key"],
            aws_secret_access_key=settings["s3_secret"],
        ).create_bucket(Bucket=BUCKET)
        yield settings
    finally:
        server.stop()
