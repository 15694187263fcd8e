# shellcheck shell=bash disable=SC2154
# The jobs, in one local Spark, and JupyterLab. Sourced by provision.sh.

set_up_spark() {
  place "$etc/spark/.env" 640 root:tidemark-spark "$(choices_of LOG_LEVEL SPARK__ POSTS__ LAKE__ KEEP__ DISK__ TOPICS__ 'KAFKA__[A-Z]+_(DAYS|MIB)')"
  place "$etc/spark/environment" 600 root:root "TIDEMARK_KAFKA__BOOTSTRAP=$kafka_host:9092
TIDEMARK_MYSQL__HOST=$mysql_host
TIDEMARK_MYSQL__WRITER_PASSWORD=$(quoted "$(secret TIDEMARK_MYSQL__WRITER_PASSWORD)")"
  service spark "$etc/spark/.env" "$etc/spark/environment" \
    "$home/.venv/.stamp" "$home/jars.lock" "$home/tidemark" "$home/spark_jobs"

  install_notebook
  place "$etc/notebook/environment" 600 root:root "BIND=$publish
TIDEMARK_KAFKA__BOOTSTRAP=$kafka_host:9092
TIDEMARK_MYSQL__HOST=$mysql_host
TIDEMARK_MYSQL__READER_PASSWORD=$(quoted "$(secret TIDEMARK_MYSQL__READER_PASSWORD)")
TIDEMARK_NOTEBOOK__TOKEN=$(quoted "$(secret TIDEMARK_NOTEBOOK__TOKEN)")"
  service notebook "$etc/notebook/environment" "$home/.venv/.notebook" "$home/jars.lock" \
    "$home/deploy/images/jupyter_server_config.py" "$home/tidemark" "$home/spark_jobs"
}

# Install the packages of Jupyter; those of the project do not change.
install_notebook() {
  local lock=$home/deploy/images/notebook.txt mark=$home/.venv/.notebook wanted
  wanted=$(cat "$home/.venv/.stamp" "$lock" | sha256sum)
  if [ "$(cat "$mark" 2>/dev/null)" = "$wanted" ] && [ -x "$home/.venv/bin/jupyter-lab" ]; then return; fi
  say 'packages of JupyterLab'
  "$home/.venv-tools/bin/uv" pip install --quiet --python "$home/.venv" --require-hashes --compile-bytecode \
    --requirement "$lock"
  echo "$wanted" >"$mark"
  did 'installed JupyterLab'
}

# It starts once the tables exist, which another machine may still be creating.
await_spark() {
  until_well spark 600 has_logged spark 'job ready'
  until_well notebook 120 ready notebook
  say "JupyterLab on port 8888; its token is in $etc/secrets.env"
}
