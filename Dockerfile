# One image. What it needs of the host: user namespaces for bubblewrap, which a container engine's default seccomp
# profile refuses; deploy/seccomp.json allows them (docs/sandbox.md, "In a container"). Without them it says so and
# works on nothing.
FROM node:24-bookworm-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap ca-certificates git \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts first, so that this layer is kept while only the sources change; `prepare` needs them.
RUN npm ci --ignore-scripts && npm rebuild node esbuild @swc/core
COPY . .
RUN npm run build && mkdir /state && chown node:node /state

# Not root: the sandbox drops to this user's rights, and there is nothing to drop to below them.
USER node
# The volume keeps what set-up writes (.env), git directories and the log.
ENV HOST=0.0.0.0 MILLWRIGHT_STATE=/state MILLWRIGHT_ENV_FILE=/state/.env
VOLUME /state
EXPOSE 3000
# What `npm start` runs, without npm between: npm passes SIGTERM on and is gone before the App has closed.
CMD ["node", "src/app/web/main.ts"]
