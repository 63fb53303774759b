"""A webhook on this machine: it keeps what it is sent, and answers as it is told to."""

from __future__ import annotations

import http.server
import json
import threading


class Server:
    """A local HTTP server that answers with the given codes, one after another."""

    def __init__(self, codes, *, silent=False):
        self.bodies = []
        self._may_answer = threading.Event()
        if not silent:
            self._may_answer.set()
        answers = iter(codes)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.bodies.append((self.headers["Content-Type"], json.loads(body)))
                outer._may_answer.wait()
                code = next(answers)
                self.send_response(code)
                if 300 <= code < 400:
                    self.send_header("Location", "/log-in")
                self.end_headers()

            def do_GET(self):
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/services/SECRET"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._may_answer.set()
        self._server.shutdown()
        self._server.server_close()
