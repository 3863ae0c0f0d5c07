"""Stands in for Grafana: reads what is provisioned as Grafana would find it, then answers /api/health."""
import glob
import http.server
import json
import os

import yaml

assert os.environ["GF_SECURITY_ADMIN_PASSWORD"]
sources = [source for file in glob.glob("/etc/grafana/provisioning/datasources/*.yml") for source in yaml.safe_load(open(file))["datasources"]]
assert sources, "no data source is provisioned"
providers = [one for file in glob.glob("/etc/grafana/provisioning/dashboards/*.yml") for one in yaml.safe_load(open(file))["providers"]]
assert providers, "no dashboard is provisioned"
boards = [json.load(open(file)) for one in providers for file in glob.glob(one["options"]["path"] + "/*.json")]
print("data sources:", [source["url"] for source in sources], "dashboards:", [board["title"] for board in boards], flush=True)


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == "/api/health"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(b'{"database":"ok"}' if found else b"")


http.server.ThreadingHTTPServer(("0.0.0.0", 3000), Health).serve_forever()
