"""Runs a program on a terminal of its own and types answers to its questions.

Usage: terminal.py '[["question", "answer", hidden], ...]' PROGRAM ARGUMENT...

A hidden answer is typed only once the terminal has stopped to echo. What the terminal showed is printed, and
the exit code is the program's.
"""

import json
import os
import pty
import sys
import termios
import time

answers = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])

shown = b""
while True:
    try:
        some = os.read(terminal, 4096)
    except OSError:  # Linux says so when the program has ended.
        break
    if not some:
        break
    shown += some
    while answers and answers[0][0].encode() in shown:
        _, answer, hidden = answers.pop(0)
        while hidden and termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, answer.encode() + b"\n")

_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status))
