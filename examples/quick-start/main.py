"""Prints what it was given."""

import sys

print("hello", *sys.argv[1:])
