# temporalio/admin-tools: the SQL tool built from the server's Go module, and Temporal's CLI from a wheel.
FROM longhaul-stand-in/debian
RUN useradd --uid 1000 --create-home temporal
COPY bin/temporal-sql-tool bin/temporal /usr/local/bin/
USER temporal
