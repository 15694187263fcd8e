#!/usr/bin/env bash
# Install all that is missing: packages of the system, uv, two Python environments, jars, Java's archives of
# their classes. Safe to run at any time.
#
#   deploy/install.sh [test]      `test` wants Chromium and fonts as well
#
# What is there already is recognised by its content and left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

wants_tests=${1:-}
log=.install.log
started=$SECONDS
step=0
steps=7
changed=0

# ---- telling ------------------------------------------------------------------------------------------------------

on_terminal() { [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; }

stop() {
  printf 'install: %s\n' "$*" >&2
  exit 1
}

bar() { # bar DONE OF
  local width=20 filled
  filled=$((width * $1 / $2))
  printf '%*s' "$filled" '' | tr ' ' '#'
  printf '%*s' $((width - filled)) '' | tr ' ' '.'
}

# work WHAT COMMAND...: run it as the next step, showing the time passed and the last line it printed.
work() {
  local what=$1 from=$SECONDS pid last
  shift
  step=$((step + 1))
  changed=1
  on_terminal || printf '[%d/%d] %s ...\n' "$step" "$steps" "$what"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while on_terminal && kill -0 "$pid" 2>/dev/null; do
    last=$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-50)
    printf '\r\033[K[%s] %d/%d %s, %d s  \033[2m%s\033[0m' \
      "$(bar $((step - 1)) "$steps")" "$step" "$steps" "$what" $((SECONDS - from)) "$last"
    sleep 0.2
  done
  if ! wait "$pid"; then
    on_terminal && printf '\r\033[K'
    tail -n 20 "$log" >&2
    stop "step $step of $steps failed: $what; all it said is in $log"
  fi
  on_terminal && printf '\r\033[K'
  printf '[%d/%d] %s: done in %d s\n' "$step" "$steps" "$what" $((SECONDS - from))
}

skip() { step=$((step + 1)); }

# ---- packages of the system ---------------------------------------------------------------------------------------

java_is_good() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1) || return 1
  [ "${version:-0}" -ge 17 ]
}

database_is_there() {
  PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/libexec
  { command -v mariadbd && command -v mariadb-install-db; } >/dev/null || {
    command -v mysqld && ! mysqld --version | grep -qi mariadb
  } >/dev/null
}

# The first Python that can make environments. The one on the PATH may be too old, or lack its half that Debian splits off.
first_python() {
  local python
  for python in python3 python3.11 python3.12 /usr/bin/python3; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

# For what the sample speaks, in pictures of dashboards.
has_fonts() {
  local language
  command -v fc-list >/dev/null || return
  for language in und-zsye ja hi; do [ -n "$(fc-list ":lang=$language")" ] || return; done
}

# libatomic is for the program that Playwright drives it with.
browser_is_there() { command -v chromium >/dev/null && [ -n "$(find /usr/lib /lib -name libatomic.so.1 -print -quit 2>/dev/null)" ]; }

# Names of the packages that are missing, one a line; alternatives on one line, best first.
missing_packages() {
  first_python >/dev/null || printf '%s\n' 'python3' 'python3-venv'
  java_is_good || echo 'openjdk-17-jre-headless openjdk-21-jre-headless'
  database_is_there || printf '%s\n' 'mariadb-server-core mariadb-server-core-10.6' 'mariadb-client-core mariadb-client-core-10.6'
  command -v setpriv >/dev/null || echo 'util-linux'
  [ "$wants_tests" = test ] || return 0
  browser_is_there || printf '%s\n' 'chromium' 'libatomic1'
  has_fonts || printf '%s\n' 'fontconfig' 'fonts-noto-color-emoji' 'fonts-noto-cjk' 'fonts-lohit-deva'
}

install_packages() {
  local names=() alternatives name
  mkdir -p /usr/share/man/man1 2>/dev/null || true # slim images lack it, and Java's package trips over that
  $sudo apt-get update
  while read -r alternatives; do
    for name in $alternatives; do
      if [[ $(apt-cache show "$name" 2>/dev/null) == *Version:* ]]; then
        names+=("$name")
        continue 2
      fi
    done
    echo "none of these packages is to be had here: $alternatives"
    return 1
  done <<<"$missing"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${names[@]}"
}

may_become_root() { command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; }

packages() {
  local sudo='' what
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    skip
    return
  fi
  what=$(echo "$missing" | sed 's/ .*//' | paste -sd ' ')
  if ! command -v apt-get >/dev/null; then
    stop "missing here, by their names on Debian: $what. Install these (Python with venv, Java 17 or newer, the \
server programs of MariaDB or MySQL; for tests Chromium and fonts) and run this again"
  fi
  if [ "$(id -u)" -ne 0 ]; then
    may_become_root || stop "missing packages, and no right to install them; have somebody run: apt-get install $what"
    sudo='sudo -n'
  fi
  work "packages of the system ($what)" install_packages
}

# ---- Python -------------------------------------------------------------------------------------------------------

# stamp FILES...: one word that changes with the content of the files and the place of the project
stamp() { { cat "$@"; pwd; } | sha256sum | cut -c 1-64; }

is_current() { # is_current ENVIRONMENT STAMP
  [ "$(cat "$1/.stamp" 2>/dev/null)" = "$2" ] && "$1/bin/python" -c '' 2>/dev/null
}

uv=.venv-tools/bin/uv

install_uv() {
  "$(first_python)" -m venv --clear .venv-tools
  .venv-tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement deploy/uv.txt
  echo "$1" >.venv-tools/.stamp
}

# Any Python 3.11 or 3.12 will do, the system's or pyenv's; where there is none, uv tries to fetch one.
make_environment() { # make_environment FOLDER LOCK
  local former=--allow-existing
  [ "$(cat "$1/.place" 2>/dev/null)" = "$PWD" ] || former=--clear # its programs name the folder that they were made in
  if ! "$uv" venv --quiet $former --python '>=3.11,<3.13' "$1"; then
    echo 'No Python 3.11 or 3.12 here, and none could be fetched. Install one: apt-get install python3.11 python3.11-venv'
    return 1
  fi
  rm -f "$1/.stamp"
  pwd >"$1/.place"
  "$uv" pip sync --python "$1" --require-hashes --compile-bytecode "$2"
}

install_project() {
  make_environment .venv requirements.txt
  "$uv" pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
  echo "$1" >.venv/.stamp
}

install_superset() {
  make_environment .venv-superset superset/requirements.txt
  echo "$1" >.venv-superset/.stamp
}

# Superset makes its own hundred tables and roles in ten seconds. Each new data folder starts with a copy of these.
make_template() {
  rm -rf .venv-superset/template
  mkdir .venv-superset/template
  SUPERSET_CONFIG_PATH=$PWD/superset/superset_config.py SUPERSET_HOME=$PWD/.venv-superset/template \
    SUPERSET_SECRET_KEY=$(head -c 32 /dev/urandom | base64) .venv-superset/bin/python superset/bootstrap.py schema
  echo "$1" >.venv-superset/template/.stamp
}

# ---- Java ---------------------------------------------------------------------------------------------------------

# Java leaves an archive alone that another Java has made, or where a jar has changed since.
is_archived() { # is_archived VERSION
  [ "$(cat .jars/archived-by 2>/dev/null)" = "$1" ] &&
    [ -z "$(find .jars/kafka .jars/spark .venv/.stamp -newer .jars/archived-by)" ]
}

# A stack starts its jobs with the Java on the PATH and a Spark of its own, so this does too.
archive_classes() {
  rm -f .jars/archived-by
  .venv/bin/python -m tidemark.stack.embedded.class_archive
  env -u JAVA_HOME -u PYSPARK_SUBMIT_ARGS .venv/bin/python -m spark_jobs.class_archive
  echo "$1" >.jars/archived-by
}

# ---- the way through ----------------------------------------------------------------------------------------------

packages

current=$(stamp deploy/uv.txt)
if is_current .venv-tools "$current"; then skip; else work 'uv, which installs the rest' install_uv "$current"; fi

current=$(stamp requirements.txt pyproject.toml)
if is_current .venv "$current"; then skip; else work "the project's Python packages" install_project "$current"; fi

current=$(stamp superset/requirements.txt)
if is_current .venv-superset "$current"; then skip; else work "Superset's Python packages" install_superset "$current"; fi

current=$(stamp superset/requirements.txt)
if [ "$(cat .venv-superset/template/.stamp 2>/dev/null)" = "$current" ]; then skip; else work "Superset's own tables" make_template "$current"; fi

# "folder organisation:name:version sha256" as sha256sum reads it: "sha256  .jars/folder/name-version.jar"
if sed -n 's|^\([a-z]*\) [^:]*:\([^:]*\):\([^ ]*\) \(.*\)|\4  .jars/\1/\2-\3.jar|p' jars.lock | sha256sum --check --status 2>/dev/null; then
  skip
else
  work 'the jars of Kafka and Spark' .venv/bin/tidemark jars
fi

current=$(java -version 2>&1)
if is_archived "$current"; then skip; else work "Java's archives of their classes, for faster starts" archive_classes "$current"; fi

[ "$changed" = 1 ] || started=$SECONDS
echo $((SECONDS - started)) >.install.seconds # demo-check reports it
if [ "$changed" = 1 ]; then
  echo "installed in $((SECONDS - started)) s"
else
  echo 'nothing to install: all is there'
fi
