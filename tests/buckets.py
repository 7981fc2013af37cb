"""Object storage for tests: moto answers as S3 does, in a process of its own on this machine."""

import base64
import contextlib
import hmac
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple

from tests.programs import READERS

SECRET = "wJalrXUtnFEMI-never-in-any-output"


class Server(NamedTuple):
    """A server of objects: the endpoint, and the environment of its clients."""

    endpoint: str
    environment: dict[str, str]

    def make(self, bucket: str) -> str:
        """Create a bucket; its URL."""
        with contextlib.suppress(urllib.error.HTTPError):  # it exists
            urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/{bucket}", method="PUT")).close()
        return f"s3://{bucket}"


@contextlib.contextmanager
def moto() -> Iterator[Server]:
    """A server that answers as S3 does."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port):
        yield s3(f"http://127.0.0.1:{port}")


def s3(endpoint: str) -> Server:
    """A server that is running, as S3."""
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
    }
    return Server(endpoint, environment)


@contextlib.contextmanager
def running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[None]:
    """Run a server until it is not needed any more."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, **quiet)  # type: ignore[call-overload]
    try:
        _await(port, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not answer")


@contextlib.contextmanager
def azurite() -> Iterator[Server]:
    """A server that answers as Azure does."""
    port = free_port()
    program = str(READERS / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js")
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--skipApiVersionCheck", "--silent"]
    endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
    environment = {
        "AZURE_STORAGE_ACCOUNT_NAME": _ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": _KEY,
        "AZURE_ENDPOINT": endpoint,
    }
    with running(["node", program, *options], port):
        yield Azure(endpoint, environment)


class Azure(Server):
    """A server that answers as Azure does. Its account and key are the same everywhere."""

    def make(self, bucket: str) -> str:
        """Create a container; its URL."""
        date, version = formatdate(usegmt=True), "2021-08-06"
        resource = f"/{_ACCOUNT}/{_ACCOUNT}/{bucket}\nrestype:container"
        signed = f"PUT{_UNSENT}x-ms-date:{date}\nx-ms-version:{version}\n{resource}"
        key = base64.b64encode(hmac.digest(base64.b64decode(_KEY), signed.encode(), "sha256")).decode()
        headers = {
            "x-ms-date": date,
            "x-ms-version": version,
            "Authorization": f"SharedKey {_ACCOUNT}:{key}",
            "Content-Length": "0",
        }
        url = f"{self.endpoint}/{bucket}?restype=container"
        urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers)).close()
        return f"az://{bucket}"


_UNSENT = "\n" * 12
"""The signature covers eleven headers that are not sent."""
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The one key that the documentation of the emulator gives."""


@contextlib.contextmanager
def s3rver(folder: Path) -> Iterator[Server]:
    """A server that ignores conditions, as some do. Its bucket is `feeds`."""
    port = free_port()
    program = str(READERS / "node_modules" / "s3rver" / "bin" / "s3rver.js")
    with running(
        ["node", program, "-d", str(folder), "-a", "127.0.0.1", "-p", str(port), "-s", "--configure-bucket", "feeds"], port
    ):
        server = s3(f"http://127.0.0.1:{port}")
        yield server._replace(
            environment={**server.environment, "AWS_ACCESS_KEY_ID": "S3RVER", "AWS_SECRET_ACCESS_KEY": "S3RVER"}
        )
