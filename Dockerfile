# The programs as static binaries in an empty image: no shell, no libc, no data, nothing to patch but Go.
# The builder can come from a mirror, or be pinned by its digest: --build-arg GO_IMAGE=…
ARG GO_IMAGE=docker.io/library/golang:1.26.8-bookworm

# Go compiles for every platform on the builder's own, so that arm64 needs no emulation.
FROM --platform=${BUILDPLATFORM} ${GO_IMAGE} AS build
WORKDIR /sonar
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
ARG TARGETOS TARGETARCH
RUN GOOS=${TARGETOS} GOARCH=${TARGETARCH} \
    go build -trimpath -buildvcs=false -ldflags '-s -w -buildid=' -o /programs/ ./cmd/...

FROM scratch
LABEL org.opencontainers.image.title="sonar" \
      org.opencontainers.image.description="Tells mines from rocks by their sonar echo: the stages of a DVC pipeline" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE THIRD_PARTY_NOTICES /
COPY --from=build /programs/ /usr/local/bin/
WORKDIR /sonar
USER 65532:65532
