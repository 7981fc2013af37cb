"""Objects in a bucket: get, put, list and delete, with conditions. The only module that imports obstore.

Credentials come from the environment and from the role of the machine. What obstore says when something fails contains URLs,
headers and documents of the server: from it only the status and the code of the error are taken.
"""

import contextlib
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from datetime import timedelta
from functools import lru_cache, partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from feedloom.errors import ConfigError, StorageError
from feedloom.values import object_urls
from feedloom.values.object_urls import ObjectUrl

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, LocalStore, S3Store

    _Store = AzureStore | GCSStore | LocalStore | S3Store

ABSENT: Literal["absent"] = "absent"
"""The condition that there is no such object yet."""

_AT_ONCE = 32
"""Requests under way together, of at most so many bytes."""
_BYTES_AT_ONCE = 64 << 20
_CHUNK = 8 << 20
_MULTIPART = 64 << 20
"""From this size on an object is sent in parts: a request that takes minutes would be cut off."""

_GRACE = 2.0
"""Seconds to wait for requests that were interrupted."""
_TIMEOUT = "120s"
_RETRY_FOR = timedelta(seconds=60)

_STATUS = re.compile(r"status code: ([0-9]{3})")
_NO_CREDENTIALS = re.compile(r"source: (?:TokenRequest|Missing[A-Z])|//169\.254\.")
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")

_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


class Mark(NamedTuple):
    """Identifies what was put: another put gives another mark. Compare `tag`; only some servers give a `version`."""

    tag: str
    version: str | None = None


Condition = Literal["absent"] | Mark | None
"""What must be true for a put: nothing, that there is no object, or that it is the one with this mark."""


class Found(NamedTuple):
    """An object and its mark. `modified` is in nanoseconds since 1970, by the clock of the server."""

    data: bytes
    mark: Mark
    modified: int


class Listed(NamedTuple):
    """An object in a listing. `modified` is in nanoseconds since 1970."""

    key: str
    size: int
    mark: Mark
    modified: int


class Upload(NamedTuple):
    """An object to put, with its attributes: `Content-Type`, `Cache-Control`, `Content-Encoding`."""

    key: str
    data: bytes
    attributes: Mapping[str, str] = {}


class ConditionError(StorageError):
    """The object is not as the condition of a put says: somebody else was faster."""


class UnsupportedError(StorageError):
    """The storage does not know the request, such as a condition."""


class Objects:
    """The objects below an URL. Can be pickled; another process opens it again.

    Requests can be interrupted by signals, and are repeated for a minute if a server is busy. Every method raises ConfigError
    if the bucket, the region or the credentials are wrong, and StorageError if a request fails.
    """

    def __init__(self, url: ObjectUrl | str) -> None:
        """Raises ConfigError if it is no such URL, or the extra is not installed. Sends nothing."""
        if isinstance(url, str):
            try:
                url = object_urls.parsed(url)
            except ValueError as error:
                raise ConfigError(f"the URL {error}") from None
        self.url = url
        with self._told(""):
            self._store = _opened(url)

    def __reduce__(self) -> tuple[type["Objects"], tuple[ObjectUrl]]:
        return Objects, (self.url,)

    def get(self, key: str, *, patience: float | None = None) -> Found | None:
        """An object; None if there is none. Raises StorageError if it takes longer than `patience`, in seconds."""
        import obstore

        def whole() -> Found:
            result = obstore.get(self._store, key)
            return _found(result.meta, result.bytes())

        with self._told(key):
            try:
                found: Found = _waited(whole, patience)
                return found
            except FileNotFoundError as error:
                if _is_missing_bucket(str(error)):
                    raise
        return None

    def get_range(self, key: str, start: int, size: int) -> bytes:
        """The bytes of an object that exists from `start` on, `size` of them, or fewer at its end."""
        return self._part(key, (start, start + size)).data

    def get_end(self, key: str, size: int) -> bytes:
        """The last `size` bytes of an object that exists."""
        return self._part(key, {"suffix": size}).data

    def chunks(self, key: str, size: int = _CHUNK) -> Iterator[bytes]:
        """An object that exists, piece by piece. Raises ConditionError if it is replaced meanwhile."""
        import obstore

        with self._told(key):
            meta = _waited(partial(obstore.head, self._store, key))
        for start in range(0, meta["size"], size):
            yield self._part(key, (start, min(start + size, meta["size"])), meta["e_tag"]).data

    def put(
        self,
        key: str,
        data: bytes,
        attributes: Mapping[str, str] | None = None,
        *,
        condition: Condition = None,
        patience: float | None = None,
    ) -> Mark:
        """Put an object, whole. Raises ConditionError if the condition is not met, and StorageError if it takes longer than
        `patience`, in seconds.

        An object that has these bytes already counts as this put: a request whose answer was lost is repeated. So what is put
        with a condition should be unique.
        """
        with self._told(key):
            mark: Mark = _waited(partial(self._put, Upload(key, data, attributes or {}), condition), patience)
            return mark

    def put_all(self, uploads: Iterable[Upload]) -> Iterator[tuple[str, Mark]]:
        """Put objects, some at once, and return their keys and marks in the same order. Take all of them."""
        under_way: deque[tuple[Upload, Future[Mark]]] = deque()
        size = 0
        try:
            for upload in uploads:
                while under_way and (len(under_way) >= _AT_ONCE or size + len(upload.data) > _BYTES_AT_ONCE):
                    done, future = under_way[0]
                    with self._told(done.key):
                        mark = future.result()
                    under_way.popleft()
                    size -= len(done.data)
                    yield done.key, mark
                under_way.append((upload, _begun(partial(self._put, upload, None))))
                size += len(upload.data)
            while under_way:
                done, future = under_way[0]
                with self._told(done.key):
                    mark = future.result()
                under_way.popleft()
                yield done.key, mark
        finally:
            _abandon([future for _, future in under_way])

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """The objects in a folder and below it, or all; in no order that can be relied on."""
        import obstore

        with self._told(prefix):
            stream = obstore.list(self._store, prefix or None)
        while True:
            with self._told(prefix):
                some = _waited(partial(next, stream, None))
            if some is None:
                return
            for meta in some:
                yield Listed(meta["path"], meta["size"], _mark(meta), _modified(meta))

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects. Those that do not exist any more are no error."""
        import obstore

        wanted = list(keys)
        if not wanted:
            return
        with self._told(wanted[0]):
            try:
                _waited(partial(obstore.delete, self._store, wanted))
                return
            except FileNotFoundError as error:
                if _is_missing_bucket(str(error)):
                    raise
        for key in wanted:  # one is missing: the others may not have been tried
            with self._told(key), contextlib.suppress(FileNotFoundError):
                _waited(partial(obstore.delete, self._store, key))

    def _put(self, upload: Upload, condition: Condition) -> Mark:
        import obstore

        mode: Any = "overwrite"
        if condition == ABSENT:
            mode = "create"
        elif condition is not None:
            mode = {"e_tag": condition[0]} | ({"version": condition[1]} if condition[1] else {})
        is_whole = condition is not None or len(upload.data) < _MULTIPART
        attributes: Any = dict(upload.attributes) if self.url.scheme != "file" else None  # files have none
        try:
            return _mark(
                obstore.put(self._store, upload.key, upload.data, attributes=attributes, mode=mode, use_multipart=not is_whole)
            )
        except (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError):
            # A request whose answer was lost is repeated, and meets what it put itself.
            result = obstore.get(self._store, upload.key)
            if result.bytes() == upload.data:
                return _mark(result.meta)
            raise

    def _part(self, key: str, part: Any, tag: str | None = None) -> Found:
        import obstore

        def ranged() -> Found:
            options: Any = {"range": part} if tag is None else {"range": part, "if_match": tag}
            result = obstore.get(self._store, key, options=options)
            return _found(result.meta, result.bytes())

        with self._told(key):
            found: Found = _waited(ranged)
            return found

    @contextlib.contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """Translate the errors of obstore, without what they quote."""
        try:
            yield
        except (ConfigError, StorageError):
            raise
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "obstore" and not isinstance(
                error, OSError | ValueError | NotImplementedError
            ):
                raise
            raise _translated(error, self.url, key) from None


def _translated(error: Exception, url: ObjectUrl, key: str) -> ConfigError | StorageError:
    """An error of obstore as one of ours."""
    text = str(error)
    statuses, codes = _STATUS.findall(text), _CODE.findall(text)
    status, code = statuses[0] if statuses else "", codes[0] if codes else ""
    kind = type(error).__name__
    place = url.shown(key)
    said = f"{status} {code}".strip()
    if kind in ("AlreadyExistsError", "PreconditionError") or status in ("409", "412"):
        return ConditionError(f"{place}: was changed by somebody else meanwhile")
    if isinstance(error, NotImplementedError) or status == "501":
        return UnsupportedError(f"{place}: the storage cannot do this")
    if _is_missing_bucket(text):
        return ConfigError(f"{url}: there is no bucket {url.bucket}: correct the URL, or create the bucket")
    if kind == "UnauthenticatedError" or _NO_CREDENTIALS.search(text):
        how = f"set {_CREDENTIALS.get(url.scheme, 'them')}, or give this machine a role (docs/scaling.md)"
        return ConfigError(f"{url}: no valid credentials{f' ({said})' if said else ''}: {how}")
    if status in ("301", "307", "400") and ("egion" in text or code in ("PermanentRedirect", "AuthorizationHeaderMalformed")):
        return ConfigError(f"{url}: the bucket is in another region: set AWS_REGION to it")
    if "redirect without LOCATION" in text:
        return ConfigError(f"{url}: the bucket is in another region: set AWS_REGION to it")
    if kind == "PermissionDeniedError" or status in ("401", "403"):
        how = "check the credentials and the rights that they have on the bucket (docs/scaling.md)"
        return ConfigError(f"{place}: the storage refuses access ({said or 'no status'}): {how}")
    if isinstance(error, FileNotFoundError):
        return StorageError(f"{place}: there is no such object")
    if isinstance(error, OSError) and error.strerror:
        return StorageError(f"{place}: {error.strerror}")
    if isinstance(error, ValueError):
        return StorageError(f"{place}: is no valid key")
    if said:
        return StorageError(f"{place}: the storage answers {said}; try again later")
    endpoint = next((name for name in _ENDPOINTS.get(url.scheme, ()) if os.environ.get(name)), "")
    where = f" at {_host(os.environ[endpoint])}" if endpoint else ""
    return StorageError(f"{url}: the storage does not answer{where}: check the network{f' and {endpoint}' if endpoint else ''}")


def _host(endpoint: str) -> str:
    """The host of an endpoint, and its port: an URL may also have a password."""
    return endpoint.partition("://")[2].partition("/")[0].rpartition("@")[2]


def _is_missing_bucket(text: str) -> bool:
    return any(code in text for code in ("<Code>NoSuchBucket</Code>", "<Code>ContainerNotFound</Code>"))


def _found(meta: Any, data: Any) -> Found:
    return Found(bytes(data), _mark(meta), _modified(meta))


def _modified(meta: Any) -> int:
    return int(meta["last_modified"].timestamp() * 1_000_000_000)


def _mark(meta: Any) -> Mark:
    tag = meta["e_tag"] or str(meta["last_modified"])
    # Azure leaves the quotes out in listings.
    return Mark(tag if '"' in tag else f'"{tag}"', meta.get("version"))


def _opened(url: ObjectUrl) -> "_Store":
    """The store of obstore for an URL. Raises ConfigError if the extra is not installed, and the errors of obstore."""
    try:
        from obstore import store
    except ImportError:
        raise ConfigError(f"{url}: needs the package obstore: pip install 'feedloom[objects]'") from None
    if url.scheme == "file":
        return store.LocalStore(prefix=url.prefix, mkdir=True)
    prefix = url.prefix or None
    endpoints = (os.environ.get(name, "") for name in _ENDPOINTS[url.scheme])
    client: Any = {"timeout": _TIMEOUT, "connect_timeout": "10s"}
    if any(endpoint.startswith("http://") for endpoint in endpoints):
        client["allow_http"] = True  # whoever sets such an endpoint asks for it
    retries: Any = {"max_retries": 10, "retry_timeout": _RETRY_FOR}
    if url.scheme == "s3":
        return store.S3Store(url.bucket, prefix=prefix, client_options=client, retry_config=retries)
    if url.scheme == "gs":
        return store.GCSStore(url.bucket, prefix=prefix, client_options=client, retry_config=retries)
    return store.AzureStore(url.bucket, prefix=prefix, client_options=client, retry_config=retries)


_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_ENDPOINT", "AZURE_STORAGE_ENDPOINT"),
}


def _waited(request: Callable[[], Any], patience: float | None = None) -> Any:
    """The result of a request. A signal interrupts the wait, as it would not interrupt obstore's functions."""
    future = _begun(request)
    try:
        return future.result(patience)
    except BaseException:
        _abandon([future])
        raise


def _abandon(futures: Sequence["Future[Any]"]) -> None:
    """Wait a moment for requests that nobody waits for any more: what they do should be done before the process goes on."""
    wait([future for future in futures if not future.cancel()], _GRACE)


def _begun(request: Callable[[], Any]) -> "Future[Any]":
    future: Future[Any] = Future()
    _threads(os.getpid()).submit(future, request)
    return future


class _Threads:
    """Threads that call obstore. They do not keep the process from ending, as those of `concurrent.futures` would.

    Its asynchronous functions are not used: their answers come in threads of its own, and one that comes while Python ends
    aborts the process.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._count = 0

    def submit(self, future: "Future[Any]", request: Callable[[], Any]) -> None:
        """Call a function in a thread, if the future is not cancelled before one is free."""
        self._waiting.put((future, request))
        if not self._idle.acquire(blocking=False) and self._count < _AT_ONCE:
            self._count += 1
            threading.Thread(target=self._serve, name="feedloom-storage", daemon=True).start()

    def _serve(self) -> None:
        while True:
            future, request = self._waiting.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(request())
                except BaseException as error:
                    future.set_exception(error)
            del future, request
            self._idle.release()


@lru_cache(maxsize=1)
def _threads(_pid: int) -> _Threads:
    """Those of this process."""
    return _Threads()
