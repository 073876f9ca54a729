"""AWS CodeCommit as git sees it: a proxy, all of whose tunnels end at a git server that checks signatures.

Usage: codecommit.py DIRECTORY PORT

DIRECTORY has the repositories below `root`, `server.pem` and `server.key`, and `keys.json`: for each access key its
secret and its session token, if it has one. Each answer is a line of `log`: its code, the host, and who asked.
"""

import base64
import calendar
import http.server
import json
import os
import ssl
import subprocess
import sys
import time

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

directory, port = sys.argv[1], int(sys.argv[2])
with open(f"{directory}/keys.json") as file:
    keys = json.load(file)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(f"{directory}/server.pem", f"{directory}/server.key")
backend = subprocess.check_output(["git", "--exec-path"], text=True).strip() + "/git-http-backend"


def signature(key, secret, host, path, moment):
    """By AWS's own code: what the holder of the secret has signed at that moment."""
    signer = SigV4Auth(Credentials(key, secret), "codecommit", host.split(".")[1])
    request = AWSRequest("GIT", f"https://{host}{path}")
    request.context["timestamp"] = moment
    text = signer.string_to_sign(request, f"GIT\n{path}\n\nhost:{host}\n\nhost\n")
    return signer.signature(text, request)


def is_good(user, password, host, path):
    key, _, token = user.partition("%")
    secret, expected = keys.get(key, (None, None))
    moment, z, signed = password[:15], password[15:16], password[16:]
    if secret is None or z != "Z" or token != (expected or ""):
        return False
    age = time.time() - calendar.timegm(time.strptime(moment, "%Y%m%dT%H%M%S"))
    return abs(age) < 900 and signed == signature(key, secret, host, path, moment)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        host, path = self.headers["Host"], self.path.partition("?")[0]
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(given).decode().partition(":")
        if kind != "Basic":
            code = 401
        else:
            code = 200 if is_good(user, password, host, "/".join(path.split("/")[:4])) else 403
        with open(f"{directory}/log", "a") as log:
            log.write(f"{code} {host} {user or '-'}\n")
        headers, body = self.git(path, body) if code == 200 else ([], b"")
        self.send_response(code)
        if code == 401:
            headers = [("WWW-Authenticate", 'Basic realm="codecommit"')]
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def git(self, path, body):
        environment = {
            "GIT_PROJECT_ROOT": f"{directory}/root",
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH": os.environ["PATH"],
            "PATH_INFO": path,
            "QUERY_STRING": self.path.partition("?")[2],
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        answer = subprocess.run([backend], input=body, env=environment, stdout=subprocess.PIPE, check=True).stdout
        head, _, body = answer.partition(b"\r\n\r\n")
        return [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")], body


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
