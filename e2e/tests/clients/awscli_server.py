"""The AWS CLI, started once: each call is its own process, forked with all modules there already.

Usage: awscli_server.py ABSTRACT_SOCKET. It ends with its standard input. A call is {"words", "environment"}, and
comes back as {"code", "stdout", "stderr"}; its standard input is empty, and it begins in a directory of ours.
"""

import gc
import json
import os
import socketserver
import sys
import threading
import traceback

BEFORE = dict(os.environ)

import awscli.clidriver
import awscli.handlers

# What the CLI sets when it is read.
OWN = {name: value for name, value in os.environ.items() if BEFORE.get(name) != value}


class Call(socketserver.StreamRequestHandler):
    def handle(self):
        call = json.loads(self.rfile.readline())
        os.environ.clear()
        os.environ.update(call["environment"] | OWN)
        sys.argv = ["aws", *call["words"]]
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        files = {}
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            files[name] = os.memfd_create(name)
            os.dup2(files[name], descriptor)
        try:
            code = awscli.clidriver.main()
        except SystemExit as ended:
            code = ended.code
        except BaseException:
            traceback.print_exc()
            code = 255
        sys.stdout.flush()
        sys.stderr.flush()
        told = {"code": code or 0}
        for name, file in files.items():
            os.lseek(file, 0, os.SEEK_SET)
            with os.fdopen(file, "rb") as printed:
                told[name] = printed.read().decode(errors="replace")
        self.wfile.write(json.dumps(told).encode())


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    pass


def end_with_standard_input():
    while os.read(0, 1):
        pass
    os._exit(0)


gc.freeze()
with Server("\0" + sys.argv[1], Call) as server:
    print("ready", flush=True)
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    server.serve_forever()
