# shellcheck shell=bash disable=SC2154
# MySQL or MariaDB, and the unit that creates accounts, topics and tables. Sourced by provision.sh.

# Install MySQL if the distribution has it, else MariaDB; deploy/install.sh accepts either.
install_database() {
  local server client
  if [ -x /usr/sbin/mysqld ] && [ ! -x /usr/sbin/mariadbd ]; then return; fi
  # my_print_defaults is needed to initialize an empty folder, and is in the client's package.
  if [ -x /usr/sbin/mariadbd ] && command -v my_print_defaults >/dev/null; then return; fi
  say 'packages of the database'
  apt-get -qq update
  for server in mysql-server-core-8.4 mysql-server-core-8.0 mariadb-server-core mariadb-server-core-10.6; do
    if [[ $(apt-cache show "$server" 2>/dev/null) == *Version:* ]]; then
      client=${server/server/client}
      DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$server" "$client" >/dev/null
      did "installed $server"
      return
    fi
  done
  stop 'this distribution has neither MySQL nor MariaDB in its package lists; check the sources of apt'
}

set_up_mysql() {
  local addresses=127.0.0.1${listen:+,$listen} password
  password=$(sql_quoted "$(secret TIDEMARK_MYSQL__ROOT_PASSWORD)")
  place "$etc/mysql/my.cnf" 644 root:root "$(sed "s/@ADDRESSES@/$addresses/" "$home/deploy/units/my.cnf")"
  # The server runs it before it accepts a connection: nobody can ever connect without a password.
  place "$etc/mysql/root.sql" 640 root:tidemark-mysql "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';
ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY $password;
GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
ALTER USER 'root'@'localhost' IDENTIFIED BY $password;"
  service mysql "$etc/mysql/my.cnf" "$etc/mysql/root.sql" "$home/deploy/units/start-mysql.sh"

  place "$etc/prepare/.env" 640 root:tidemark-prepare "$(choices_of LOG_LEVEL KAFKA__PARTITIONS KAFKA__REPLICATION TOPICS__ 'KAFKA__[A-Z]+_(DAYS|MIB)')"
  place "$etc/prepare/environment" 600 root:root "TIDEMARK_KAFKA__BOOTSTRAP=$kafka_host:9092
$(quoted_lines "$etc/secrets.env" TIDEMARK_MYSQL__)"
  service prepare "$etc/prepare/.env" "$etc/prepare/environment" "$home/.venv/.stamp" "$home/tidemark" "$home/sql"
}

await_mysql() {
  until_well mysql 120 ready mysql
  # It also needs Kafka, which may be on a machine that is still being provisioned.
  until_well prepare 600 systemctl is-active --quiet tidemark-prepare
}
