"""URLs of places in object storage: `s3://BUCKET/PREFIX`, `gs://...`, `az://...`; and of folders: `file:///FOLDER`."""

import re
from typing import NamedTuple

SCHEMES = {"s3": "S3", "gs": "Google Cloud Storage", "az": "Azure"}

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FORMS = "write s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"


class ObjectUrl(NamedTuple):
    """A place in object storage: keys begin with the prefix and a slash, if there is a prefix. A `file` has no bucket, and
    its prefix is the absolute path of a folder.
    """

    scheme: str
    bucket: str
    prefix: str

    def __str__(self) -> str:
        if self.scheme == "file":
            return f"file://{self.prefix}"
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    def shown(self, key: str) -> str:
        """The URL of an object, for messages."""
        return f"{self}/{key}" if key else str(self)


def is_url(text: str) -> bool:
    """Whether a setting for a place is meant as an URL: it has a scheme."""
    return _URL.match(text) is not None


def parsed(text: str) -> ObjectUrl:
    """The place that an URL names. Raises ValueError, whose message does not repeat the URL: it may contain a password."""
    found = _URL.fullmatch(text)
    if found is None:
        raise ValueError(f"is not an URL of object storage: {_FORMS}")
    scheme, rest = found[1].lower(), found[2]
    bucket, _, path = rest.partition("/")
    if "@" in bucket or "?" in rest or "#" in rest:
        raise ValueError(
            "contains a user name, ? or #: name the bucket and prefix only; credentials come from the environment or the "
            "role of the machine (docs/scaling.md)"
        )
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in rest):
        raise ValueError("contains a control character; remove it")
    parts = path.removesuffix("/").split("/") if path.removesuffix("/") else []
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError("contains //, /./ or /../ after the bucket; remove it")
    if scheme == "file":
        if bucket not in ("", "localhost") or not parts:
            raise ValueError("is not a local folder: write file:///FOLDER")
        return ObjectUrl(scheme, "", "/" + "/".join(parts))
    if scheme not in SCHEMES:
        raise ValueError(f"{scheme}:// is not supported: {_FORMS}")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"names no valid bucket: {_FORMS}")
    return ObjectUrl(scheme, bucket, "/".join(parts))
