"""A proxy that puts a service under a prefix, as docs/deployment.md has it of nginx."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

PREFIX = "/geo"
DROPPED = {"connection", "transfer-encoding", "content-length", "date", "server"}


@contextmanager
def forwarding(service: str, host: str) -> Iterator[tuple[str, list[str]]]:
    """Pass on what comes under the prefix; gives the address before the proxy and the list of paths that it saw."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(self.path)
            if self.path == PREFIX:
                self.send_response(301)
                self.send_header("Location", f"{PREFIX}/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")
            }
            headers |= {
                "X-Forwarded-For": self.client_address[0],
                "X-Forwarded-Proto": "http",
                "X-Forwarded-Host": f"{host}:{self.server.server_port}",
                "X-Forwarded-Prefix": PREFIX,
            }
            connection = HTTPConnection(urlsplit(service).netloc, timeout=60)
            connection.request("GET", self.path.removeprefix(PREFIX), headers=headers)
            response = connection.getresponse()
            body = response.read()
            connection.close()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in DROPPED:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}{PREFIX}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
