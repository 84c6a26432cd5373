# One image for the server, for workers, and for the runs of a Docker or Kubernetes pool.
#
#     docker build -t tidemill .
#     docker run -p 4200:4200 -e PREFECT_SERVER_API_AUTH_STRING=admin:secret -v tidemill:/var/lib/prefect tidemill
#
# EXTRAS are what is installed beside: --build-arg EXTRAS="prefect-docker prefect-kubernetes".
ARG BASE=docker.io/library/python:3.12-slim

FROM ${BASE} AS build
ARG EXTRAS=""
COPY . /source
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-compile "/source[postgresql,fast]" ${EXTRAS} \
    && /opt/venv/bin/python -m compileall -q /opt/venv/lib

FROM ${BASE}
RUN groupadd --gid 1000 prefect \
    && useradd --uid 1000 --gid prefect --create-home prefect \
    && install --directory --owner=prefect --group=prefect --mode=0700 /var/lib/prefect
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PREFECT_HOME=/var/lib/prefect PREFECT_SERVER_API_PORT=4200 \
    PREFECT_LOGGING_FORMAT=json PYTHONUNBUFFERED=1
USER prefect
WORKDIR /home/prefect
EXPOSE 4200
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PREFECT_SERVER_API_PORT']}/api/ready\")"]
CMD ["prefect", "server", "start", "--host", "0.0.0.0", "--no-worker"]
