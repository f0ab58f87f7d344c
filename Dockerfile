# One image. What it needs of the host: user namespaces for bubblewrap, which a container engine's default seccomp
# profile refuses (docs/sandbox.md, "In a container"); without them it says so and works on nothing.
FROM node:24-bookworm-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap ca-certificates git \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts first, so that this layer is kept while only the sources change; `prepare` needs them.
RUN npm ci --ignore-scripts && npm rebuild node esbuild @swc/core
COPY . .
RUN npm run build

# Not root: the sandbox drops to this user's rights, and there is nothing to drop to below them.
USER node
ENV MILLWRIGHT_STATE=/tmp/millwright
CMD ["npm", "run", "--silent", "demo"]
