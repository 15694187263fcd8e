# shellcheck shell=bash
# Passwords as those who read them take them: whatever people put into secrets.env is text, and never runs. Read by
# provision.sh.

# quoted TEXT: as a value in a unit's EnvironmentFile
quoted() {
  local text=$1 special
  # shellcheck disable=SC1003 # a backslash is meant, and goes first
  for special in '\' '"' '$' '`'; do text=${text//"$special"/"\\$special"}; done
  printf '"%s"' "$text"
}

# sql_quoted TEXT: as a string in SQL
sql_quoted() {
  local text=$1 special
  # shellcheck disable=SC1003
  for special in '\' "'"; do text=${text//"$special"/"\\$special"}; done
  printf "'%s'" "$text"
}

# quoted_lines FILE NAMES: its lines whose names begin so, for an EnvironmentFile
quoted_lines() {
  local line
  while IFS= read -r line; do printf '%s=%s\n' "${line%%=*}" "$(quoted "${line#*=}")"; done < <(grep "^$2" "$1")
}

# export_lines FILE: its lines NAME=VALUE, into the environment
export_lines() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^[A-Z_0-9]+= ]]; then export "${line?}"; fi
  done <"$1"
}
