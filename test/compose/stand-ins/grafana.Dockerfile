# grafana/grafana: no package has it, so this only answers its health check, once it has read what is provisioned.
FROM longhaul-stand-in/debian
RUN apt-get update && apt-get install -y --no-install-recommends python3-minimal python3-yaml && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 472 grafana && install -d -o grafana /var/lib/grafana
COPY grafana.py /grafana.py
USER grafana
CMD ["python3", "/grafana.py"]
