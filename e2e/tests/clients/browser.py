"""A browser in which somebody signs in at once: it goes back to where the page was told to, with a code.

First it does what strangers do on such a port, which must not count.

Usage: browser.py LINK
"""

import sys
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

link = sys.argv[1]
said = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
back = said["redirect_uri"]


def visit(**members):
    with urlopen(f"{back}?{urlencode(members)}") as answer:
        answer.read()


for stranger in [{"code": "stolen", "state": "guessed"}, {"code": "stolen"}]:
    try:
        visit(**stranger)
        sys.exit("a stranger was let in")
    except HTTPError as error:
        assert error.code == 404, error
with open(sys.argv[2], "w") as opened:
    opened.write(link)
visit(code="code-1", state=said["state"])
