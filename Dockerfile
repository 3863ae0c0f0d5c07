# The worker image: Debian based, because Temporal's native bridge needs glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
COPY scripts/bundle-workflows.js scripts/
COPY src src
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY examples examples
# A volume takes its owner from the folder on which it is mounted first.
RUN mkdir -p /var/lib/longhaul/audit /var/lib/longhaul/keys && chown -R node /var/lib/longhaul
USER node
ENV NODE_ENV=production LONGHAUL_HEALTH_ADDRESS=0.0.0.0:9091 LONGHAUL_METRICS_ADDRESS=0.0.0.0:9464
# The exec form, so that SIGTERM reaches Node.
ENTRYPOINT ["node", "--max-old-space-size=1024", "dist/cli/main.js"]
CMD ["worker"]
