"""One file from a folder or an address: resumed after a cut, checked before it is used, never written twice at once."""

import shutil
from pathlib import Path

from filelock import FileLock

from lemma import files
from lemma.data.catalog import File
from lemma.display import Step, progress, say
from lemma.errors import ChecksumError, UnreachableError

CHUNK = 1 << 18
TRIES = 4


def fetch(file: File, folders: list[Path], addresses: list[str], state: Path) -> Path:
    """Return the path of a local copy of `file` with the right SHA-256.

    Args:
        file: what is wanted.
        folders: places on this machine, tried first, in order, under the file's name; nothing is copied from them.
        addresses: full addresses, tried next, in order.
        state: folder for partial downloads, which a later call resumes.

    Raises:
        ChecksumError: a place gave other bytes, and no place gave the right ones.
        UnreachableError: no place gave the file at all.
    """
    failures: list[str] = []
    wrong: list[str] = []
    for folder in folders:
        local = folder / file.name
        if not local.is_file():
            failures.append(f"{local}: not there")
        elif (got := files.sha256(local)) == file.sha256:
            say(f"{file.name}: from {folder}")
            return local
        else:
            wrong.append(f"{local}: got {got}")
    state.mkdir(parents=True, exist_ok=True)
    part = state / f"{file.sha256[:16]}.part"
    whole = part.with_suffix("")
    with FileLock(f"{part}.lock"):
        if whole.exists() and files.sha256(whole) == file.sha256:
            return whole
        for address in addresses:
            try:
                _download(address, file, part)
            except Exception as error:  # whatever a network does: the next address may still answer
                failures.append(f"{address}: {error or type(error).__name__}")
                continue
            if (got := files.sha256(part)) == file.sha256:
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


def _download(address: str, file: File, part: Path) -> None:
    """Bring `address` into `part`, going on where an earlier try was cut."""
    import httpx
    from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

    def passing(error: BaseException) -> bool:
        """Whether a later try may succeed: a refused connection or a 404 will not mend in seconds, a cut may."""
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code >= 500 or error.response.status_code == 429
        return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.ConnectError)

    with progress(file.name, file.bytes, "bytes") as step:

        @retry(
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.5, max=8),
            retry=retry_if_exception(passing),
            reraise=True,
        )
        def attempt() -> None:
            _stream(address, file, part, step)

        attempt()
    say(f"{file.name}: from {address}")


def _stream(address: str, file: File, part: Path, step: Step) -> None:
    import httpx

    have = part.stat().st_size if part.exists() else 0
    if have >= file.bytes:
        part.unlink(missing_ok=True)
        have = 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with httpx.stream("GET", address, headers=headers, follow_redirects=True, timeout=20) as response:
        response.raise_for_status()
        resumed = response.status_code == 206
        with part.open("ab" if resumed else "wb") as stream:
            step(have if resumed else 0, "")
            for chunk in response.iter_bytes(CHUNK):
                stream.write(chunk)
                step(len(chunk), "")
                if stream.tell() > file.bytes:
                    raise ValueError(f"more than the {file.bytes} bytes it should have")
    if (size := part.stat().st_size) < file.bytes:
        raise httpx.ReadError(f"{size} of {file.bytes} bytes came")


def copy(source: Path, target: Path) -> None:
    """Copy a file atomically."""
    with files.atomic(target) as stream, source.open("rb") as content:
        shutil.copyfileobj(content, stream)
