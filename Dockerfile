# One image for all roles: Deno, and the bundle of genkitd. No shell, no package manager, no root.
#
#   docker build -t genkitd:dev .
#   docker run -p 8080:8080 -v "$PWD/examples:/flows:ro" genkitd:dev serve /flows/assistants.yaml \
#     --offline --host 0.0.0.0
#
# It holds the bundle and not the compiled program, as only a Deno of its own can forbid a sandbox
# the addresses that a name resolves to: docs/decisions/0018.
#
# The base images are named by tag: their digests could not be looked up where this was written.
# The release workflow looks them up and builds with the digests (--build-arg).
ARG DENO_BUILD=docker.io/denoland/deno:debian-2.9.6
ARG DENO_BIN=docker.io/denoland/deno:bin-2.9.6
ARG BASE=gcr.io/distroless/cc-debian12:nonroot

# The bundle is the same for every architecture, so it is made on the builder's own.
FROM --platform=$BUILDPLATFORM ${DENO_BUILD} AS build
WORKDIR /src
COPY . .
RUN deno task bundle
RUN mkdir -p image && cp -r dist/genkitd image/app && cp deploy/image/genkitd deploy/image/deno.json image/
RUN chmod 755 image/genkitd && find image/app -type d -exec chmod 755 {} + && find image/app -type f -exec chmod 644 {} +

FROM ${DENO_BIN} AS deno

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="genkitd" \
      org.opencontainers.image.description="AI flows as Kubernetes objects" \
      org.opencontainers.image.source="https://github.com/genkitd/genkitd" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot"
COPY --from=deno /deno /usr/bin/deno
COPY --from=build /src/image/ /
# Deno's cache has nowhere to be where the root is read-only; what runs is all there.
ENV DENO_NO_PROMPT=1 DENO_NO_UPDATE_CHECK=1 DENO_DIR=/tmp/deno
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/genkitd"]
CMD ["runner"]
