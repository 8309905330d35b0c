#!/usr/bin/env python3
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
"""A helper for the exec backend of websocksy: the desktop of each user who is logged in.

    users.py FILE

FILE is JSON, with the desktop of each user and the user of each session:

    {"desktops": {"alice": "tcp://10.0.0.5:5900"}, "sessions": {"4711": "alice"}}

The session is the value of the cookie "session": the backend needs the option send = cookie:session.
"""

import json
import sys
from urllib.parse import quote, unquote


def answer(question, known):
    """Return the answer to a question; both are dictionaries."""
    user = known["sessions"].get(question.get("cookie:session"))
    if user is None:
        return {"status": 403, "reason": "log in first"}
    peer = known["desktops"].get(user)
    if peer is None:
        return {"status": 404, "reason": f"{user} has no desktop"}
    return {"peer": peer, "framing": "binary"}


def main():
    for line in sys.stdin:
        words = (word.split("=", 1) for word in line.rstrip("\n").split("\t"))
        question = {unquote(key): unquote(value) for key, value in words}
        with open(sys.argv[1], encoding="utf-8-sig") as file:
            known = json.load(file)
        items = answer(question, known).items()
        # Flush each answer: the client waits for it.
        print("\t".join(f"{key}={quote(str(value), safe='/:')}" for key, value in items), flush=True)


if __name__ == "__main__":
    main()
