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
ENV HOST=0.0.0.0 PORT=3000 MILLWRIGHT_STATE=/state MILLWRIGHT_ENV_FILE=/state/.env
VOLUME /state
EXPOSE 3000
# Whether the process lives; /ready says whether it can be used. A worker answers both as well.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# `docker run millwright worker` is `npm run mill -- worker`.
ENTRYPOINT ["/app/deploy/entrypoint.sh"]
# What `npm start` runs, without npm between: npm passes SIGTERM on and is gone before the App has closed.
CMD ["node", "src/app/web/main.ts"]
