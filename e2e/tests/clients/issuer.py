"""An OpenID Connect issuer: the files of a directory over TLS. `issuer.py DIRECTORY PORT`."""

import functools
import http.server
import ssl
import sys

directory, port = sys.argv[1], int(sys.argv[2])
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=f"{directory}/www")
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(f"{directory}/server.pem", f"{directory}/server.key")
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
