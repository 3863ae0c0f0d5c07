# The image of every process of Longhaul: Debian based, because Temporal's native bridge needs glibc.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /opt/longhaul
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/bundle-workflows.js scripts/
COPY src src
RUN npm run build
# What the image has of packages, in CycloneDX, and those packages alone.
RUN npm sbom --omit=dev --sbom-format=cyclonedx --sbom-type=application > sbom.cdx.json \
  && npm prune --omit=dev --ignore-scripts \
  # The bridge brings a library for each platform, and its source.
  && cd node_modules/@temporalio/core-bridge \
  && target="$(node -p 'require("./common.js").getPrebuiltTargetName()')" \
  && find releases -mindepth 1 -maxdepth 1 ! -name "$target" -exec rm -r {} + \
  && rm -r sdk-core src ts \
  && node -e 'require("./index.js")'

FROM node:24.21.0-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/longhaul
COPY --from=build /opt/longhaul/package.json /opt/longhaul/sbom.cdx.json ./
COPY --from=build /opt/longhaul/node_modules node_modules
COPY --from=build /opt/longhaul/dist dist
COPY examples examples
# What is copied has the modes of the clone, whose umask may have been strict. `longhaul` works in the container; a volume takes its
# owner from the folder on which it is mounted first.
RUN chmod -R a+rX package.json examples \
  && ln -s /opt/longhaul/dist/cli/main.js /usr/local/bin/longhaul \
  && mkdir -p /var/lib/longhaul/audit /var/lib/longhaul/keys && chown -R node /var/lib/longhaul
# As a number: Kubernetes cannot tell of a name that it is not root.
USER 1000
ENV NODE_ENV=production \
  NODE_OPTIONS=--max-old-space-size=1024 \
  LONGHAUL_HEALTH_ADDRESS=0.0.0.0:9091 \
  LONGHAUL_METRICS_ADDRESS=0.0.0.0:9464
# The exec form, so that SIGTERM reaches Node.
ENTRYPOINT ["node", "/opt/longhaul/dist/cli/main.js"]
CMD ["worker"]
