# shellcheck shell=bash
# Quoting of passwords for units and for SQL: what people write into secrets.env is text, and never runs. Sourced by
# provision.sh.

# quoted TEXT: print it as a value of an EnvironmentFile of a unit
quoted() {
  local text=$1 special
  # shellcheck disable=SC1003 # a backslash is meant, and goes first
  for special in '\' '"' '$' '`'; do text=${text//"$special"/"\\$special"}; done
  printf '"%s"' "$text"
}

# sql_quoted TEXT: print it as a string of SQL
sql_quoted() {
  local text=$1 special
  # shellcheck disable=SC1003
  for special in '\' "'"; do text=${text//"$special"/"\\$special"}; done
  printf "'%s'" "$text"
}

# quoted_lines FILE PREFIX: print the lines whose names start with PREFIX, for an EnvironmentFile
quoted_lines() {
  local line
  while IFS= read -r line; do printf '%s=%s\n' "${line%%=*}" "$(quoted "${line#*=}")"; done < <(grep "^$2" "$1")
}

# export_lines FILE: export its lines NAME=VALUE
export_lines() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^[A-Z_0-9]+= ]]; then export "${line?}"; fi
  done <"$1"
}
