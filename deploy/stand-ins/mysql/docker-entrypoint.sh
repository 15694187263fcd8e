#!/usr/bin/env bash
# How the original is started, as far as Tidemark goes: MYSQL_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD_FILE, MYSQL_ROOT_HOST,
# *.sql in /docker-entrypoint-initdb.d, and options for mysqld as arguments. While it is laid out, the server answers on
# its socket only.
set -euo pipefail

stop() {
  printf 'entrypoint: %s\n' "$*" >&2
  exit 1
}

if [ "$#" -eq 0 ] || [[ $1 == -* ]]; then set -- mysqld "$@"; fi
[ "$1" = mysqld ] || exec "$@"

data=/var/lib/mysql
if [ "$(id -u)" -eq 0 ]; then
  find "$data" /var/run/mysqld ! -user mysql -exec chown mysql:mysql {} +
  exec gosu mysql "$0" "$@"
fi

quoted() { printf '%s' "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g"; }
ask() { mysql --protocol=socket --user=root --socket="$socket" "$@"; }

if [ ! -d "$data/mysql" ]; then
  if [ -n "${MYSQL_ROOT_PASSWORD_FILE-}" ]; then MYSQL_ROOT_PASSWORD=$(<"$MYSQL_ROOT_PASSWORD_FILE"); fi
  [ -n "${MYSQL_ROOT_PASSWORD-}" ] || stop 'MYSQL_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD_FILE must say the password of root'
  password=$(quoted "$MYSQL_ROOT_PASSWORD")
  host=$(quoted "${MYSQL_ROOT_HOST-%}")
  "$@" --initialize-insecure
  socket=/var/run/mysqld/first.sock
  "$@" --skip-networking --mysqlx=OFF --socket="$socket" --pid-file=/var/run/mysqld/first.pid &
  server=$!
  until ask --execute='SELECT 1' >/dev/null 2>&1; do
    kill -0 "$server" || stop 'the server ended while it was laid out'
    sleep 0.2
  done
  ask --execute="CREATE USER 'root'@'$host' IDENTIFIED BY '$password'; GRANT ALL ON *.* TO 'root'@'$host' WITH GRANT OPTION"
  for file in /docker-entrypoint-initdb.d/*.sql; do
    if [ -e "$file" ]; then ask <"$file"; fi
  done
  ask --execute="ALTER USER 'root'@'localhost' IDENTIFIED BY '$password'; SHUTDOWN"
  wait "$server"
fi
exec "$@"
