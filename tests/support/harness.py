"""
The harness of grafana/harness: built where that is needed, and served beside the data.

It is a page of Grafana's own components. The server hands out that page, the dashboards, and what
the Prometheus of each day answers.
"""

import http.client
import mimetypes
import subprocess
import threading
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from support.programs import require
from support.rule_tests import PROJECT

SOURCE = PROJECT / "grafana/harness"
BUILT = PROJECT / "build/harness"
DASHBOARDS = PROJECT / "grafana/dashboards"
PACKAGES = ("package.json", "package-lock.json", ".npmrc")
MADE_FROM = ("build.mjs", "index.html", *PACKAGES, "src/**/*")
MINUTES = 60.0
ICONS = "public/build/img/icons/"
BLANK = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"/>'
"""Some icons are in Grafana's server and not in its package."""


@cache
def built() -> Path:
    """The folder of the bundled harness; npm is asked only after its lists have changed."""
    node, npm = require("node"), require("npm")
    if _changed(SOURCE / "node_modules/.stamp", PACKAGES):
        _run([npm, "ci"], 10 * MINUTES)
        (SOURCE / "node_modules/.stamp").write_text(_digest(PACKAGES), encoding="utf-8")
    if _changed(BUILT / ".stamp", MADE_FROM):
        _run([node, "build.mjs", BUILT], 3 * MINUTES)
        (BUILT / ".stamp").write_text(_digest(MADE_FROM), encoding="utf-8")
    return BUILT


def _changed(stamp: Path, patterns: tuple[str, ...]) -> bool:
    return not stamp.exists() or stamp.read_text(encoding="utf-8") != _digest(patterns)


def _digest(patterns: tuple[str, ...]) -> str:
    digest = sha256()
    for pattern in patterns:
        for path in sorted(each for each in SOURCE.glob(pattern) if each.is_file()):
            digest.update(path.relative_to(SOURCE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _run(command: list[object], timeout: float) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=SOURCE, capture_output=True, text=True, check=False, timeout=timeout
    )
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"


class HarnessServer:
    """
    Serves the harness on a port of the system's choice.

    `sources` are Prometheuses by name, `documents` dashboards of which there is no file.
    """

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        self.documents: dict[str, str] = {}
        known = {"folder": built(), "sources": self.sources, "documents": self.documents}
        handler = type("Handler", (_Handler,), known)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop; nothing is answered any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    sources: dict[str, str]
    documents: dict[str, str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A query, a dashboard, or a file of the harness."""
        path = unquote(urlsplit(self.path).path)
        first, _, rest = path.lstrip("/").partition("/")
        if first == "prometheus":
            self._ask(*rest.partition("/")[::2])
        elif first == "dashboards" and rest in self.documents:
            self._send(200, "application/json", self.documents[rest].encode(), keep=False)
        elif first == "dashboards":
            self._send_file(DASHBOARDS, rest)
        else:
            self._send_file(self.folder, path.lstrip("/"))

    def _ask(self, name: str, path: str) -> None:
        if name not in self.sources:
            self.send_error(404)
            return
        server = http.client.HTTPConnection(urlsplit(self.sources[name]).netloc, timeout=MINUTES)
        try:
            server.request("GET", f"/{path}?{urlsplit(self.path).query}")
            answer = server.getresponse()
            self._send(answer.status, "application/json", answer.read(), keep=False)
        finally:
            server.close()

    def _send_file(self, folder: Path, name: str) -> None:
        path = (folder / name).resolve()
        if name.startswith(ICONS) and not path.is_file():
            # Which of them is asked for depends on how slow the machine is.
            self._send(200, "image/svg+xml", BLANK, keep=True)
            return
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            self.send_error(404)
            return
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._send(200, kind, path.read_bytes(), keep=folder == self.folder)

    def _send(self, status: int, kind: str, body: bytes, *, keep: bool) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "max-age=3600" if keep else "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""
