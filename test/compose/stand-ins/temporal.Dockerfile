# temporalio/server: the server built from its Go module; its entrypoint does what the real image's does.
FROM longhaul-stand-in/debian
RUN useradd --uid 1000 temporal
COPY bin/temporal-server /usr/local/bin/
COPY temporal-entrypoint.sh /etc/temporal/entrypoint.sh
WORKDIR /etc/temporal
USER temporal
CMD ["sh", "/etc/temporal/entrypoint.sh"]
