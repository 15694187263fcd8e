# Producers, Spark jobs and `tidemark`; with `--target notebook`, JupyterLab too. Built from the project's folder:
#   docker build -f deploy/images/app.Dockerfile .

# By itself, so that it is made while the next stage fetches Python's packages.
FROM python:3.11-slim-bookworm AS java
# Java's package wants the folder of manuals, which slim images lack.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jdk-headless binutils \
 && rm -rf /var/lib/apt/lists/*
# A third of Debian's runtime: the modules that Spark loads, and no debugging symbols.
RUN jlink --output /opt/java --strip-debug --no-man-pages --no-header-files --compress=2 --add-modules \
    java.se,jdk.crypto.ec,jdk.incubator.vector,jdk.management,jdk.net,jdk.security.auth,jdk.unsupported,jdk.zipfs \
 && cp -L /etc/ssl/certs/java/cacerts /opt/java/lib/security/cacerts \
 && /opt/java/bin/java -Xshare:dump

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY deploy/uv.txt ./
RUN python -m venv uv && uv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r uv.txt
COPY deploy/images/app.txt ./
# Spark for Hive, Kubernetes, R, machine learning and Connect is a quarter of PySpark, and nothing here is any of it.
RUN uv/bin/uv venv --quiet --python /usr/local/bin/python3 /opt/tidemark \
 && uv/bin/uv pip sync --no-cache --python /opt/tidemark --require-hashes --compile-bytecode app.txt \
 && cd /opt/tidemark/lib/python3.11/site-packages \
 && rm -rf numpy/*/tests pandas/tests pyarrow/include pyarrow/tests \
 && cd pyspark \
 && rm -rf R examples data jars/hive-* jars/spark-hive* jars/datanucleus-* jars/derby-* jars/kubernetes-* \
      jars/spark-kubernetes_* jars/spark-connect_* jars/spark-mllib_* jars/breeze* jars/spire* jars/cats-kernel_* \
      jars/algebra_* jars/lapack-* jars/blas-* jars/arpack-*
COPY --from=java /opt/java /opt/java
ENV JAVA_HOME=/opt/java PATH=/opt/java/bin:$PATH
COPY pyproject.toml jars.lock ./
COPY tidemark tidemark
# Checked by jars.lock, those of an earlier build too.
RUN --mount=type=cache,target=/jars TIDEMARK_JARS_DIR=/jars PYTHONPATH=/build /opt/tidemark/bin/python -m tidemark jars --only spark \
 && mkdir /opt/tidemark/jars && cp -r /jars/spark /opt/tidemark/jars/spark
COPY producer producer
COPY spark_jobs spark_jobs
COPY sql sql
RUN /opt/tidemark/bin/python -m compileall -q tidemark producer spark_jobs
# Java's archive of Spark's classes, for jars of this age in this place.
RUN TIDEMARK_JARS_DIR=/opt/tidemark/jars /opt/tidemark/bin/python -m spark_jobs.class_archive

FROM python:3.11-slim-bookworm AS app
LABEL org.opencontainers.image.title="tidemark" \
      org.opencontainers.image.description="Producers and Spark jobs of Tidemark" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin tidemark \
 && mkdir -p /var/lib/tidemark /srv/lake /run/tidemark \
 && chown tidemark:tidemark /var/lib/tidemark /srv/lake
COPY --from=java /opt/java /opt/java
COPY --from=build /opt/tidemark /opt/tidemark
COPY --from=build /build/jars.lock /srv/tidemark/
COPY --from=build /build/sql /srv/tidemark/sql
COPY --from=build /build/producer /srv/tidemark/producer
COPY --from=build /build/spark_jobs /srv/tidemark/spark_jobs
COPY --from=build /build/tidemark /srv/tidemark/tidemark
COPY deploy/images/cluster.conf deploy/images/spark_health.py /srv/
ENV PATH=/opt/tidemark/bin:/opt/java/bin:/usr/local/bin:/usr/bin:/bin \
    JAVA_HOME=/opt/java \
    PYTHONPATH=/srv/tidemark \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TIDEMARK_DATA_DIR=/var/lib/tidemark \
    TIDEMARK_JARS_DIR=/opt/tidemark/jars
USER tidemark
WORKDIR /var/lib/tidemark
CMD ["python", "-m", "tidemark", "--help"]

FROM app AS notebook
LABEL org.opencontainers.image.title="tidemark-notebook" \
      org.opencontainers.image.description="JupyterLab for the data of Tidemark"
USER root
# A layer with what Jupyter adds, and nothing of what is there.
RUN --mount=type=bind,from=build,source=/build/uv,target=/build/uv \
    --mount=type=bind,source=deploy/images/notebook.txt,target=/build/notebook.txt \
    /build/uv/bin/uv pip install --no-cache --python /opt/tidemark --require-hashes --compile-bytecode \
      -r /build/notebook.txt \
 && mkdir -p /srv/notebooks/work \
 && chown tidemark:tidemark /srv/notebooks/work
COPY deploy/images/jupyter_server_config.py /etc/jupyter/
COPY notebooks /srv/notebooks/examples
USER tidemark
WORKDIR /srv/notebooks
EXPOSE 8888
CMD ["jupyter", "lab"]

# What is built where no target is named.
FROM app
