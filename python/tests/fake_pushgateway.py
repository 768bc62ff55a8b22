# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A Pushgateway that keeps what was pushed."""

import http.server
import threading

from prometheus_client.parser import text_string_to_metric_families


class Gateway:
    """Keeps what was pushed."""

    def __init__(self):
        self.pushes = []
        self.arrived = threading.Condition()
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with gateway.arrived:
                    gateway.pushes.append((self.path, body))
                    gateway.arrived.notify_all()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def wait_for(self, count):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.pushes) >= count, timeout=60)

    def samples(self, job="training"):
        """Of a job's newest push: {(name, window, index): value}, without buckets."""
        with self.arrived:
            body = [body for path, body in self.pushes if path == f"/metrics/job/{job}"][-1]
        families = text_string_to_metric_families(body)
        return {
            (sample.name, sample.labels["window"], sample.labels["index"]): sample.value
            for family in families
            for sample in family.samples
            if "le" not in sample.labels
        }
