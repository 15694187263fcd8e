# Superset with the dashboards of superset/. Built from the project's folder:
#   docker build -f deploy/images/superset.Dockerfile .

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY deploy/uv.txt ./
RUN python -m venv uv && uv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r uv.txt
COPY superset/requirements.txt ./
RUN uv/bin/uv venv --quiet --python /usr/local/bin/python3 /opt/superset \
 && uv/bin/uv pip sync --no-cache --python /opt/superset --require-hashes --compile-bytecode requirements.txt \
 && cd /opt/superset/lib/python3.11/site-packages \
 && rm -rf numpy/*/tests pandas/tests pyarrow/include pyarrow/tests \
 && find superset -name '*.map' -delete
COPY superset /srv/superset
# Superset's own tables, empty: a new volume starts with a copy, which saves each first start ten seconds.
RUN mkdir /opt/superset/template \
 && SUPERSET_CONFIG_PATH=/srv/superset/superset_config.py SUPERSET_HOME=/opt/superset/template \
    SUPERSET_SECRET_KEY="$(head -c 32 /dev/urandom | base64)" /opt/superset/bin/python /srv/superset/bootstrap.py schema \
 && /opt/superset/bin/python -m compileall -q /srv/superset

FROM python:3.11-slim-bookworm AS superset
LABEL org.opencontainers.image.title="tidemark-superset" \
      org.opencontainers.image.description="Superset with the dashboards of Tidemark" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin tidemark \
 && mkdir -p /var/lib/superset /run/tidemark \
 && chown tidemark:tidemark /var/lib/superset
COPY --from=build /opt/superset /opt/superset
COPY --from=build /srv/superset /srv/superset
COPY deploy/images/superset_health.py /srv/
ENV PATH=/opt/superset/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SUPERSET_CONFIG_PATH=/srv/superset/superset_config.py \
    SUPERSET_HOME=/var/lib/superset
USER tidemark
WORKDIR /var/lib/superset
EXPOSE 8088
CMD ["gunicorn", "--config=/srv/superset/gunicorn.conf.py", "--bind=0.0.0.0:8088"]
