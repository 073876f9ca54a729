"""Shows the code of an authenticator app, as RFC 6238 has it: totp.py SEED [STEPS_AHEAD]"""

import base64
import hashlib
import hmac
import struct
import sys
import time

STEP = 30


def code(seed, ahead=0):
    step = int(time.time()) // STEP + ahead
    mac = hmac.new(base64.b32decode(seed), struct.pack(">q", step), hashlib.sha1).digest()
    place = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[place : place + 4])[0] & 0x7FFFFFFF) % 10**6)


if __name__ == "__main__":
    print(code(sys.argv[1], *map(int, sys.argv[2:])))
