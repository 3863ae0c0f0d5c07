# temporalio/ui: the UI's server built from its Go module, with the module's own configuration for containers.
FROM longhaul-stand-in/debian
COPY bin/ui-server /usr/local/bin/
COPY ui-config /home/ui-server/config
RUN useradd --uid 1000 temporal
USER temporal
CMD ["ui-server", "--root", "/home/ui-server", "--env", "docker", "start"]
