# syntax=docker/dockerfile:1
# The commands for machines without a GPU:
#
#   docker build -t skillspace .
#   docker run --rm -p 8080:8080 -v "$PWD/model:/model:ro" -v "$PWD/filter:/filter:ro" skillspace \
#     serve --checkpoint /model --filter /filter --cache=false --addr :8080
#
# libtorch is fetched by the same scripts as everywhere, its checksums verified; nothing of .deps/ or bin/ outside is used.
ARG GO_IMAGE=golang:1.26.8-bookworm
ARG RUN_IMAGE=debian:bookworm-slim

FROM ${GO_IMAGE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-pip unzip \
 && rm -rf /var/lib/apt/lists/*
ENV LIBTORCH_SOURCE=package
WORKDIR /opt/skillspace
# The slow part alone, so that most changes of ours do not fetch libtorch again.
COPY go.mod go.sum ./
COPY scripts scripts
COPY internal/libtorch internal/libtorch
RUN scripts/setup.sh
COPY . .
RUN make build

FROM ${RUN_IMAGE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 skillspace \
 && mkdir /data \
 && chown skillspace /data
# The commands look for libtorch where it was linked: the same folder as above.
COPY --from=build /opt/skillspace/.deps/wheel/torch/lib /opt/skillspace/.deps/wheel/torch/lib
COPY --from=build /opt/skillspace/.deps/wheel/nvidia /opt/skillspace/.deps/wheel/nvidia
COPY --from=build /opt/skillspace/bin /opt/skillspace/bin
ENV PATH=/opt/skillspace/bin:$PATH OMP_WAIT_POLICY=PASSIVE
USER 10001
WORKDIR /data
EXPOSE 8080
# Of a container that serves; others are not asked for their health (docker run --no-healthcheck).
HEALTHCHECK --interval=10s --timeout=3s --start-period=5m \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && head -1 <&3 | grep -q ' 200 '"]
CMD ["serve", "--help"]
