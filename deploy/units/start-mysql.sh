#!/usr/bin/env bash
# Start MySQL or MariaDB, whichever this machine has; initialize an empty folder first. Run by tidemark-mysql.service.
set -euo pipefail
PATH=$PATH:/usr/sbin
cd /var/lib/tidemark-mysql
config=/etc/tidemark/mysql/my.cnf
server=$(command -v mariadbd || command -v mysqld)
options=()
# MySQL does not start without a folder for exported files, which its server's core package does not make.
if [ "${server##*/}" = mysqld ]; then options=(--secure-file-priv=NULL); fi

if [ ! -d data ]; then
  rm -rf data.new
  mkdir -p tmp
  if [ "${server##*/}" = mariadbd ]; then
    env -u NOTIFY_SOCKET mariadb-install-db --no-defaults --datadir="$PWD/data.new" --tmpdir="$PWD/tmp" --skip-test-db \
      --auth-root-authentication-method=socket --auth-root-socket-user=root --skip-name-resolve --force
  else
    env -u NOTIFY_SOCKET "$server" --no-defaults "${options[@]}" --datadir="$PWD/data.new" --tmpdir="$PWD/tmp" \
      --initialize-insecure
  fi
  mv data.new data # so that a folder that is half initialized is never used
fi
exec "$server" --defaults-file="$config" "${options[@]}"
