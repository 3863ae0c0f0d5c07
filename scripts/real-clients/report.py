"""Tries the public members of a client one after the other, and says of each whether it works.

A case is a function that calls members and checks what they answer. When it fails, all members that it states count as
failed; so does a public member that no case states.
"""

import inspect
import json
import logging
import os
import traceback
import warnings

URL = os.environ["SIMULATOR_URL"]
KEY = os.environ["SIMULATOR_KEY"]

_cases = {}


def case(*members, note=""):
    """States members that a function tries, and what to know of them."""

    def state(function):
        stated = _cases.setdefault(function.__name__, (function, []))
        stated[1].extend((member, note) for member in members)
        return function

    return state


def public_members(of):
    return [name for name, _ in inspect.getmembers(of) if not name.startswith("_")]


def report(members, *arguments):
    """Runs all cases in their order, and prints a line of JSON for each member."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    why, notes = {}, {}
    for function, names in _cases.values():
        try:
            function(*arguments)
            outcome = ""
        except Exception as error:  # whatever it is, the other members are tried too
            line = traceback.extract_tb(error.__traceback__)[1].lineno
            outcome = f"line {line}: {type(error).__name__}: {error}".splitlines()[0][:300]
        for name, note in names:
            why[name] = why.get(name) or outcome
            notes[name] = notes.get(name) or note
    for name in sorted({*members, *why}):
        reason = why.get(name, "no case tries it") if name in members else "there is no such member"
        print(json.dumps({"member": name, "works": reason == "", "why": reason or notes[name]}))
