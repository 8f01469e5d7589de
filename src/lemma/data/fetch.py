"""One file from a folder or an address: resumed after a cut, checked before it is used, never written twice at once."""

from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from lemma import files
from lemma.data.catalog import File
from lemma.errors import ChecksumError, InputError, UnreachableError
from lemma.progress import progress, say

TRIES = 4  # in a row that bring less than ENOUGH bytes
ENOUGH = 1 << 20
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0  # seconds between two tries
SILENCE = 20.0  # seconds without a byte after which a connection counts as cut


def hold(file: File, state: Path) -> FileLock:
    """Return the lock under which `file` is brought into `state`; who holds it may take it again."""
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(state, error) from None
    return FileLock(state / f"{file.sha256[:16]}.lock", is_singleton=True)


def fetch(file: File, folders: list[Path], addresses: list[str], state: Path, refused: Sequence[str] = ()) -> Path:
    """Return the path of a local copy of `file` with the right SHA-256.

    Args:
        file: what is wanted.
        folders: places on this machine, tried first, in order, under the file's name; nothing is copied from them.
        addresses: full addresses, tried next, in order.
        state: folder for partial downloads, which a later call resumes.
        refused: what was found elsewhere and was not what it should be, for the error.

    Raises:
        ChecksumError: a place gave other bytes, and no place gave the right ones.
        UnreachableError: no place gave the file at all.
        InputError: `state` cannot be written.
    """
    failures: list[str] = []
    wrong = list(refused)
    for folder in folders:
        local = folder / file.name
        try:
            got = files.sha256(local)
        except OSError as error:
            failures.append(f"{local}: {'not there' if isinstance(error, FileNotFoundError) else error.strerror}")
            continue
        if got == file.sha256:
            say(f"{file.name}: from {folder}")
            return local
        wrong.append(f"{local}: got {got}")
    with hold(file, state):
        whole = state / file.sha256[:16]
        part = whole.with_suffix(".part")
        for there in (whole, part):  # in `part` too all may have come before a kill
            if there.is_file() and files.sha256(there) == file.sha256:
                return there.replace(whole)
        for address in addresses:
            try:
                got = _bring(address, file, part)
            except InputError:  # the disk's fault, not the address's
                raise
            except Exception as error:  # whatever a network does: the next address may still answer
                failures.append(f"{address}: {error or type(error).__name__}")
                continue
            if got == file.sha256:
                part.replace(whole)
                return whole
            part.unlink()
            wrong.append(f"{address}: got {got}")
    tried = "".join(f"\n  {line}" for line in [*wrong, *failures])
    if wrong:
        raise ChecksumError(
            f"{file.name}: wrong SHA-256, expected {file.sha256}.{tried}",
            "The copy is damaged or another version: replace it, or unset LEMMA_MIRROR to take the official one.",
        )
    raise UnreachableError(
        f"{file.name} could not be had.{tried}",
        "Set LEMMA_MIRROR to a folder or address that holds it, or connect to the network. "
        "`make demo` runs the whole pipeline on the sample in the repository, with neither.",
    )


def _unwritable(state: Path, error: OSError) -> InputError:
    return InputError(
        f"Downloads cannot be written to {state}: {error.strerror or error}.",
        "Make room on that disk, and see that you may write there.",
    )


def _bring(address: str, file: File, part: Path) -> str:
    """Bring `address` into `part` and return the SHA-256 of what came."""
    resumed = part.exists()
    _download(address, file, part)
    got = files.sha256(part)
    if resumed and got != file.sha256:  # what was left may come from another address: that is not this one's fault
        part.unlink()
        _download(address, file, part)
        got = files.sha256(part)
    return got


def _download(address: str, file: File, part: Path) -> None:
    """Bring `address` into `part`, going on where an earlier try was cut."""
    import httpx
    from tenacity import RetryCallState, retry, retry_if_exception, wait_random_exponential

    hopeless = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)

    def passing(error: BaseException) -> bool:
        """Whether a later try may succeed: a refused connection or a 404 will not mend in seconds, a cut may."""
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code >= 500 or error.response.status_code == 429
        return isinstance(error, httpx.TransportError) and not isinstance(error, hopeless)

    with progress(file.name, file.bytes, "bytes") as step:
        shown = 0
        reached, fruitless = _size(part), 0

        def spent(_: RetryCallState) -> bool:
            """Whether too many tries in a row brought next to nothing: a line that breaks again and again may do."""
            nonlocal reached, fruitless
            fruitless += 1
            if _size(part) >= reached + ENOUGH:
                reached, fruitless = _size(part), 0
            return fruitless == TRIES

        def at(position: int) -> None:
            """Show the file's position: a new try goes on from where it stands, or begins again."""
            nonlocal shown
            step(position - shown, "")
            shown = position

        @retry(
            stop=spent,
            wait=wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
            retry=retry_if_exception(passing),
            reraise=True,
        )
        def attempt() -> None:
            _stream(address, file, part, at)

        attempt()
    say(f"{file.name}: from {address}")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _stream(address: str, file: File, part: Path, at: Callable[[int], None]) -> None:
    import httpx

    have = _size(part)
    if have >= file.bytes:
        part.unlink()
        have = 0
    # The bytes as published: a server that packs them for the way, or calls a .gz an encoding, must not change them.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with httpx.stream("GET", address, headers=headers, follow_redirects=True, timeout=SILENCE) as response:
        if response.status_code == 416:  # the server's file ends before ours
            part.unlink(missing_ok=True)
            raise httpx.ReadError(f"it has no more than {have} of {file.bytes} bytes")
        response.raise_for_status()
        start = response.headers.get("Content-Range", "")
        resumed = response.status_code == 206 and start.startswith(f"bytes {have}-")
        try:
            with part.open("ab" if resumed else "wb") as stream:
                at(stream.tell())
                for chunk in response.iter_raw():
                    stream.write(chunk)
                    at(stream.tell())
                    if stream.tell() > file.bytes:
                        raise ValueError(f"more than the {file.bytes} bytes it should have")
        except OSError as error:  # of the disk: those of the network are httpx's own
            raise _unwritable(part.parent, error) from None
    if _size(part) < file.bytes:
        raise httpx.ReadError(f"{_size(part)} of {file.bytes} bytes came")
