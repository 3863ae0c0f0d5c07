#!/usr/bin/env python3
"""Starts train-and-deploy, follows it and says how it ended. Needs nothing but Python 3.9.

    LONGHAUL_URL=http://127.0.0.1:8080 ./trigger.py [INPUT.json] [RUN_KEY]

Exit code: 0 succeeded, 5 ended otherwise, 1 the run could not be started or followed.
"""

import datetime
import http.client
import json
import os
import pathlib
import random
import sys
import time
import urllib.error
import urllib.request

URL = os.environ["LONGHAUL_URL"].rstrip("/")
KEY = os.environ.get("LONGHAUL_KEY", "").strip()
PASSING = {408, 429, 500, 502, 503, 504}
BROKEN = (OSError, http.client.HTTPException)  # no connection, no answer, an answer that breaks off


def send(path, body=None, headers=None, timeout=15):
    """Sends one request; exits when the server refuses it for good."""
    access = {"Authorization": f"Bearer {KEY}"} if KEY else {}
    content = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(URL + path, body, {**access, **content, **(headers or {})})
    try:
        return urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code in PASSING:
            raise
        sys.exit(f"refused ({error.code}): {error.read().decode(errors='replace')}")


def pause(failures, error=None):
    """Waits longer each time, never in step with others, and at least as long as the server asks."""
    asked = error.headers.get("Retry-After", "0") if isinstance(error, urllib.error.HTTPError) else "0"
    least = int(asked) if asked.isdigit() else 0
    time.sleep(least + min(10, 0.25 * 2**failures) * random.uniform(0.5, 1))


def start(pipeline, run_input, run_key):
    """Starts a run. Asked again with the same key, the server starts nothing twice."""
    body = json.dumps({"input": run_input}).encode()
    give_up = time.monotonic() + 60
    for failures in range(1_000):
        try:
            with send(f"/v1/pipelines/{pipeline}/runs", body, {"Idempotency-Key": run_key}) as answer:
                return json.load(answer)["runId"]
        except BROKEN as error:
            if time.monotonic() > give_up:
                sys.exit(f"no answer from {URL} ({error}): run this again, with the key {run_key}")
            pause(failures, error)


def events(run_id):
    """Every change of the run. When the stream breaks off, goes on after the last event that came whole."""
    after, failures = None, 0
    while True:
        try:
            headers = {"Accept": "application/x-ndjson", **({"Last-Event-ID": after} if after else {})}
            # The server writes every 15 s, so that silence means that it is gone.
            with send(f"/v1/runs/{run_id}/events", headers=headers, timeout=45) as stream:
                for line in stream:
                    if not line.endswith(b"\n"):
                        break
                    if line.strip():
                        event = json.loads(line)
                        after, failures = event.get("id", after), 0
                        yield event
            pause(failures)
        except BROKEN as error:
            pause(failures, error)
        failures += 1


def main():
    here = pathlib.Path(__file__).parent
    file = sys.argv[1] if len(sys.argv) > 1 else here / "input.json"
    today = datetime.datetime.now(datetime.timezone.utc).date()
    run_key = sys.argv[2] if len(sys.argv) > 2 else f"nightly-{today}"
    run_id = start("train-and-deploy", json.loads(pathlib.Path(file).read_text()), run_key)
    print(run_id, "started", flush=True)
    for event in events(run_id):
        if event["event"] == "step":
            print(event["step"]["name"], event["step"]["state"]["status"], flush=True)
            continue
        run = event["run"]
        print(run["status"], flush=True)
        if "endedAt" in run:
            failure = run.get("failure")
            print(run_id, run["status"] + (f": {failure['code']}: {failure['message']}" if failure else ""))
            return 0 if run["status"] == "succeeded" else 5


if __name__ == "__main__":
    sys.exit(main())
