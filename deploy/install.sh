#!/usr/bin/env bash
# Install all that is missing: packages of the system, uv, two Python environments, jars. Safe to run at any time.
#
#   deploy/install.sh             what a stack needs
#   deploy/install.sh archives    and Java's archives of the classes in the jars, which a stack makes as it runs else
#   deploy/install.sh test        and Chromium and fonts
#
# What is there already is recognised by its content and left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

interrupt() { # what runs in the background does not get Ctrl-C
  trap '' INT TERM
  kill -TERM 0
  exit 130
}
trap interrupt INT

wants=${1:-}
notes=.install # a folder: what each lane does now, and all that it printed
started=$SECONDS
steps=6
[ -z "$wants" ] || steps=7

# ---- progress -----------------------------------------------------------------------------------------------------

on_terminal() { [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; }

clear_line() { ! on_terminal || printf '\r\033[K'; }

stop() {
  : >"$notes/failed"
  clear_line
  printf 'install: %s\n' "$*" >&2
  exit 1
}

bar() { # bar DONE OF
  local width=20 filled
  filled=$((width * $1 / $2))
  printf '%*s' "$filled" '' | tr ' ' '#'
  printf '%*s' $((width - filled)) '' | tr ' ' '.'
}

skip() { printf '.' >>"$notes/done"; }

done_steps() { wc -c <"$notes/done"; }

# work WHAT COMMAND...: run it as the next step of a lane.
work() {
  local what=$1 from=$SECONDS
  shift
  : >"$notes/changed"
  echo "$what" >"$notes/$lane.now"
  on_terminal || printf '%s ...\n' "$what"
  "$@" >"$notes/$lane.log" 2>&1 </dev/null & # not in a condition, where a function would go on after an error
  if ! wait $!; then
    clear_line
    tail -n 20 "$notes/$lane.log" >&2
    stop "failed: $what; its whole output is in $notes/$lane.log"
  fi
  skip
  rm -f "$notes/$lane.now"
  clear_line
  printf '[%d/%d] %s: done in %d s\n' "$(done_steps)" "$steps" "$what" $((SECONDS - from))
}

show_progress() { # one line for all lanes
  local steps_now
  on_terminal || return 0
  steps_now=$(cat "$notes"/*.now 2>/dev/null | paste -sd '+' | sed 's/+/ + /g') || true # between two steps there is none
  printf '\r\033[K[%s] %d/%d, %d s  %.100s' \
    "$(bar "$(done_steps)" "$steps")" "$(done_steps)" "$steps" $((SECONDS - started)) "$steps_now"
}

# side_by_side LANE...: run these functions at once. Where one fails the others end what they do, which is kept.
side_by_side() {
  local lanes=() progress
  for lane in "$@"; do
    "$lane" &
    lanes+=($!)
  done
  # In the background: a trap that interrupts a command substitution may fail in Bash 5.2.
  while on_terminal; do
    show_progress
    sleep 0.2
  done &
  progress=$!
  wait "${lanes[@]}" || true # whether they failed is noted
  kill "$progress" 2>/dev/null || true
  wait "$progress" 2>/dev/null || true
  clear_line
  [ ! -e "$notes/failed" ] || exit 1
  [ "$(done_steps)" -eq "$steps" ] || stop 'a step was cut short; run this again'
}

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
  [ "$wants" = test ] || return 0
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
  # Python compiles what it imports. All at once only where it may not write later, or many programs start at a time.
  "$uv" pip sync --python "$1" --require-hashes ${wants:+--compile-bytecode} "$2"
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

# A stack makes them as it runs, once its first chart is there. Tests start many JVMs, and machines are made once.
archive_classes() { .venv/bin/python -m tidemark.stack.embedded.class_archives; }

# ---- the way through ----------------------------------------------------------------------------------------------

project() {
  local current
  lane=project
  current=$(stamp requirements.txt pyproject.toml)
  if is_current .venv "$current"; then skip; else work "the project's Python packages" install_project "$current"; fi

  # "folder organisation:name:version sha256" as sha256sum reads it: "sha256  .jars/folder/name-version.jar"
  if sed -n 's|^\([a-z]*\) [^:]*:\([^:]*\):\([^ ]*\) \(.*\)|\4  .jars/\1/\2-\3.jar|p' jars.lock | sha256sum --check --status 2>/dev/null; then
    skip
  else
    work 'the jars of Kafka and Spark' .venv/bin/tidemark jars
  fi
  [ -n "$wants" ] || return 0
  if .venv/bin/python -m tidemark.stack.embedded.class_archives --check; then skip; else work "Java's archives of their classes" archive_classes; fi
}

superset() {
  local current
  lane=superset
  current=$(stamp superset/requirements.txt)
  if is_current .venv-superset "$current"; then skip; else work "Superset's Python packages" install_superset "$current"; fi
  if [ "$(cat .venv-superset/template/.stamp 2>/dev/null)" = "$current" ]; then skip; else work "Superset's own tables" make_template "$current"; fi
}

rm -rf "$notes"
mkdir "$notes"
: >"$notes/done"
lane=system
packages

current=$(stamp deploy/uv.txt)
if is_current .venv-tools "$current"; then skip; else work 'uv, which installs the rest' install_uv "$current"; fi

side_by_side project superset

changed=
[ ! -e "$notes/changed" ] || changed=1
rm -rf "$notes"
if [ "$changed" ]; then
  echo $((SECONDS - started)) >.install.seconds # demo-check reports it
  echo "installed in $((SECONDS - started)) s"
else
  echo 0 >.install.seconds
  echo 'nothing to install: all is there'
fi
