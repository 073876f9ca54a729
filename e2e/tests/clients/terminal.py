"""Runs a program on a terminal of its own and types answers to its questions.

Usage: terminal.py '[["question", "answer", hidden], ...]' PROGRAM ARGUMENT...

A question is waited for in what was shown since the last answer. An answer that is [columns, rows] is not typed:
the terminal gets that size; one that is {"totp": seed} is the code that an app shows by then; {"key": text} is
typed without a line feed after it. A hidden answer is typed only once the terminal has stopped to echo. What the
terminal showed is printed, and the exit code is the program's; who waits for two minutes in vain gives up.
"""

import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios
import time

import totp

answers = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    for number in (signal.SIGINT, signal.SIGQUIT):  # ignored, if these tests run in the background
        signal.signal(number, signal.SIG_DFL)
    os.execv(sys.argv[2], sys.argv[2:])

shown = b""
answered = 0


def give_up(*_):
    os.kill(child, signal.SIGKILL)
    print(shown.decode(errors="replace"), f"\nnobody asked {answers[:1]}", flush=True)
    os._exit(99)


signal.signal(signal.SIGALRM, give_up)
signal.alarm(120)
while True:
    try:
        some = os.read(terminal, 4096)
    except OSError:  # Linux says so when the program has ended.
        break
    if not some:
        break
    shown += some
    while answers and answers[0][0].encode() in shown[answered:]:
        _, answer, hidden = answers.pop(0)
        answered = len(shown)
        while hidden and termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        if isinstance(answer, list):
            columns, rows = answer
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            continue
        if isinstance(answer, str):
            typed = answer + "\n"
        elif "totp" in answer:
            typed = totp.code(answer["totp"]) + "\n"
        else:
            typed = answer["key"]
        os.write(terminal, typed.encode())

_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status))
