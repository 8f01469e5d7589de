"""The UI starts, or an error says why it cannot."""

import socket
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.tracking import serve_ui, store


def test_a_port_in_use_is_an_error_that_names_it(project: Any) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(InputError, match=f"Port {port} of 127.0.0.1"):
            serve_ui(project, port)


def test_for_a_remote_server_the_error_refers_to_its_ui(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(store.VARIABLE, "https://me:secret@mlflow.example.org")
    with pytest.raises(InputError, match="its own UI") as failure:
        serve_ui(project, 5000)
    assert "https://mlflow.example.org" in failure.value.fix
