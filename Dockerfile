# One image for the API and the worker; docker-compose.yml says which of them runs.
# glibc, because Temporal's SDK brings native code that does not load on musl.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
# slim has no certificates, and Temporal's native code reads the system's.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production KAIROS_HOST=0.0.0.0 KAIROS_PORT=8080
COPY --from=packages /app/node_modules ./node_modules
COPY . .
# So that no start has to make them: what runs here cannot write.
RUN node --import tsx worker/keep-bundles.ts
USER node
EXPOSE 8080
CMD ["node", "--import", "tsx", "api/main.ts"]
