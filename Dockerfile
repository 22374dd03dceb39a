# Annexa as one image: web, Slack and commands; docker-compose.yml also runs the Chroma server from it.
#
#   docker build -t annexa .
#   docker build -t annexa --build-arg WHEELHOUSE=wheels --build-arg PIP_NO_INDEX=1 .
#
# WHEELHOUSE is a folder of wheels inside the build's context. With torch's CPU wheel in it (any +cpu build of the version that
# .ci/install-torch names) the image holds no CUDA packages; with every wheel of requirements.lock in it, PIP_NO_INDEX=1
# builds without internet. Nothing secret belongs into a build argument: it stays readable in the image's history.

FROM python:3.11.13-slim-bookworm AS build
ARG WHEELHOUSE=""
ARG PIP_NO_INDEX
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
WORKDIR /app
COPY requirements.lock ./
COPY .ci/install-torch .ci/install-torch
RUN --mount=type=bind,target=/context \
    if [ -n "$WHEELHOUSE" ]; then export PIP_FIND_LINKS="/context/$WHEELHOUSE"; fi \
    && .ci/install-torch /opt/venv/bin/python \
    && /opt/venv/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY assistant assistant
COPY knowledge knowledge
COPY connectors connectors
RUN /opt/venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .

FROM python:3.11.13-slim-bookworm
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data annexa \
    && install -d -o annexa -g annexa -m 700 /data
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/data ANNEXA_DATA=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8300
# Beyond loopback the start is refused until ANNEXA_TRUSTED_PROXY or --tls-cert is given. With --tls-cert this check needs https.
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8300/api/health', timeout=4)"]
ENTRYPOINT ["annexa"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8300"]
