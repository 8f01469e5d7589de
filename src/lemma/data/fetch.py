"""Fetch one file from a folder or an address: resumed after an interruption, verified, never written twice at once."""

from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from lemma import files
from lemma.data.sources.catalog import File
from lemma.errors import ChecksumError, InputError, UnreachableError
from lemma.progress import progress, say

TRIES = 4  # in a row that fetch less than MIN_BYTES
MIN_BYTES = 1 << 20
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0  # seconds between two tries
TIMEOUT = 20.0  # seconds without a byte after which a connection counts as lost


def lock_file(file: File, state: Path) -> FileLock:
    """Return the lock for downloading `file` into `state`; its holder may acquire it again."""
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(state, error) from None
    return FileLock(state / f"{file.sha256[:16]}.lock", is_singleton=True)


def fetch_file(
    file: File, folders: list[Path], addresses: list[str], state: Path, rejected: Sequence[str] = ()
) -> Path:
    """Return the path of a local copy of `file` with the right SHA-256.

    Args:
        file: to fetch.
        folders: on this machine, tried first, in order, under the file's name; nothing is copied from them.
        addresses: full addresses, tried next, in order.
        state: folder for partial downloads, which a later call resumes.
        rejected: other copies that were rejected, for the error message.

    Raises:
        ChecksumError: no copy has the right SHA-256, and at least one has another.
        UnreachableError: there is no copy at all.
        InputError: `state` cannot be written.
    """
    failures: list[str] = []
    wrong = list(rejected)
    for folder in folders:
        local = folder / file.name
        try:
            sha256 = files.sha256(local)
        except OSError as error:
            failures.append(f"{local}: {'does not exist' if isinstance(error, FileNotFoundError) else error.strerror}")
            continue
        if sha256 == file.sha256:
            say(f"{file.name}: from {folder}")
            return local
        wrong.append(f"{local}: its SHA-256 is {sha256}")
    with lock_file(file, state):
        complete = state / file.sha256[:16]
        partial = complete.with_suffix(".part")
        for path in (complete, partial):  # a killed process may have left a complete file under either name
            if path.is_file() and files.sha256(path) == file.sha256:
                return path.replace(complete)
        for address in addresses:
            try:
                sha256 = _download_and_hash(address, file, partial)
            except InputError:  # the disk failed, not the address
                raise
            except Exception as error:  # whatever the network does: the next address may answer
                failures.append(f"{address}: {error or type(error).__name__}")
                continue
            if sha256 == file.sha256:
                partial.replace(complete)
                return complete
            partial.unlink()
            wrong.append(f"{address}: its SHA-256 is {sha256}")
    tried = "".join(f"\n  {line}" for line in [*wrong, *failures])
    if wrong:
        raise ChecksumError(
            f"{file.name}: wrong SHA-256, expected {file.sha256}.{tried}",
            "The copy is damaged or another version: replace it, or unset LEMMA_MIRROR to fetch the official one.",
        )
    raise UnreachableError(
        f"{file.name} could not be fetched.{tried}",
        "Set LEMMA_MIRROR to a folder or address with this file, or connect to the network. "
        "`make demo` runs the whole pipeline on the sample in the repository and needs neither.",
    )


def _unwritable(state: Path, error: OSError) -> InputError:
    return InputError(
        f"Downloads cannot be written to {state}: {error.strerror or error}.",
        "Free space on that disk, and check that you may write there.",
    )


def _download_and_hash(address: str, file: File, partial: Path) -> str:
    """Download `address` into `partial` and return the SHA-256 of the result."""
    was_resumed = partial.exists()
    _download(address, file, partial)
    sha256 = files.sha256(partial)
    if was_resumed and sha256 != file.sha256:  # the bytes before may come from another address
        partial.unlink()
        _download(address, file, partial)
        sha256 = files.sha256(partial)
    return sha256


def _download(address: str, file: File, partial: Path) -> None:
    """Download `address` into `partial`, with several tries; each resumes the one before."""
    import httpx
    from tenacity import RetryCallState, retry, retry_if_exception, wait_random_exponential

    permanent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)

    def is_transient(error: BaseException) -> bool:
        """Return whether a later try may succeed: after a lost connection, but not a refused one or status 404."""
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code >= 500 or error.response.status_code == 429
        return isinstance(error, httpx.TransportError) and not isinstance(error, permanent)

    with progress(file.name, file.bytes, "bytes") as step:
        reported = 0
        reached, fruitless = _size(partial), 0

        def is_exhausted(_: RetryCallState) -> bool:
            """Return whether TRIES tries in a row fetched next to nothing; a line that keeps breaking may do."""
            nonlocal reached, fruitless
            fruitless += 1
            if _size(partial) >= reached + MIN_BYTES:
                reached, fruitless = _size(partial), 0
            return fruitless == TRIES

        def report(position: int) -> None:
            """Show the position in the file: a new try resumes there or starts again."""
            nonlocal reported
            step(position - reported, "")
            reported = position

        @retry(
            stop=is_exhausted,
            wait=wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
            retry=retry_if_exception(is_transient),
            reraise=True,
        )
        def attempt() -> None:
            _stream(address, file, partial, report)

        attempt()
    say(f"{file.name}: from {address}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _stream(address: str, file: File, partial: Path, report: Callable[[int], None]) -> None:
    import httpx

    start = _size(partial)
    if start >= file.bytes:
        partial.unlink()
        start = 0
    # Ask for the bytes as published: no compression in transit, no decoding of a .gz file.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with httpx.stream("GET", address, headers=headers, follow_redirects=True, timeout=TIMEOUT) as response:
        if response.status_code == 416:  # the server's file is shorter than the partial one
            partial.unlink(missing_ok=True)
            raise httpx.ReadError(f"it has no more than {start} of {file.bytes} bytes")
        response.raise_for_status()
        content_range = response.headers.get("Content-Range", "")
        is_resumed = response.status_code == 206 and content_range.startswith(f"bytes {start}-")
        try:
            with partial.open("ab" if is_resumed else "wb") as stream:
                report(stream.tell())
                for chunk in response.iter_raw():
                    stream.write(chunk)
                    report(stream.tell())
                    if stream.tell() > file.bytes:
                        raise ValueError(f"it has more than the expected {file.bytes} bytes")
        except OSError as error:  # from the disk: those of the network are httpx's own
            raise _unwritable(partial.parent, error) from None
    if _size(partial) < file.bytes:
        raise httpx.ReadError(f"only {_size(partial)} of {file.bytes} bytes were received")
