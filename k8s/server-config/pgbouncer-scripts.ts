/**
 * Shell scripts for PgBouncer, mounted from its ConfigMap: POSIX sh, and psql where they query a server. Values that
 * differ between a pod and a test are arguments.
 */

/**
 * Writes `userlist.txt`, and a password file for the readiness query, from the mounted secrets: two files for each user,
 * `<name>-username` and `<name>-password`. The readiness query logs in as the API's user. The script writes periodically:
 * the CSI driver replaces the mounted files when a password is rotated. PgBouncer reads its `auth_file` and
 * certificate only at start and on RELOAD, so the script sends RELOAD after a change, until PgBouncer accepts it.
 *
 * Each file is written beside the old one and renamed, so that no reader sees a partial file. In `userlist.txt` a
 * double quote is doubled and a backslash needs no escape; in a password file colon and backslash are escaped.
 */
export const USERLIST_SCRIPT = `#!/bin/sh
# Usage: userlist.sh <folder of usernames and passwords> <folder to write to> <folder of the Unix socket> <port>
#   <pause, seconds> [<certificate>]
set -eu
umask 077
secret=$1 target=$2 socket=$3 port=$4 pause=$5 certificate=\${6:-/dev/null}

# Process 1 gets no signal that it does not ask for.
trap 'exit 0' TERM INT

write() {
  : > "$target/userlist.new"
  for file in "$secret"/*-username; do
    user=\${file%-username}
    username=$(cat "$user-username")
    password=$(cat "$user-password")
    if [ -z "$username" ] || [ -z "$password" ]; then
      echo "username or password of \${user##*/} is empty" >&2
      return 1
    fi
    printf '"%s" "%s"\\n' "$(doubled "$username")" "$(doubled "$password")" >> "$target/userlist.new" || return 1
    if [ "\${user##*/}" = api ]; then
      printf '*:*:*:%s:%s\\n' "$(escaped "$username")" "$(escaped "$password")" > "$target/pgpass.new" || return 1
    fi
  done
  mv "$target/pgpass.new" "$target/pgpass.txt" && mv "$target/userlist.new" "$target/userlist.txt"
}

doubled() { printf '%s' "$1" | sed 's/"/""/g'; }
escaped() { printf '%s' "$1" | sed 's/[\\\\:]/\\\\&/g'; }

# What PgBouncer has to know of, as one number.
state() { cat "$target/userlist.txt" "$certificate" | cksum; }

reload() { psql -X -q -h "$socket" -p "$port" -U pgbouncer -d pgbouncer -c RELOAD; }

loaded=
while :; do
  if write; then
    now=$(state)
    if [ "$now" != "$loaded" ] && [ -S "$socket/.s.PGSQL.$port" ] && reload; then
      loaded=$now
      echo 'PgBouncer has read its files'
    fi
  else
    echo 'the secret could not be copied, trying again' >&2
  fi
  sleep "$pause" &
  wait $!
done
`;

/**
 * Succeeds if a query of the API's user reaches the database through PgBouncer. `timeout` ends a query that hangs; the
 * kubelet would leave the process running.
 */
export const READINESS_SCRIPT = `#!/bin/sh
# Usage: readiness.sh <folder of the password file> <port> <database> <timeout, seconds>
set -eu
# '*:*:*:<user>:<password>' without escapes before the user's end: the name is one of PostgreSQL's plain ones.
PGUSER=$(cut -d : -f 4 "$1/pgpass.txt")
export PGUSER PGPASSFILE="$1/pgpass.txt" PGCONNECT_TIMEOUT="$4" PGSSLMODE=prefer PGAPPNAME=readiness
exec timeout "$4" psql -X -q -t -A -h 127.0.0.1 -p "$2" -d "$3" -c 'SELECT 1'
`;

/**
 * Drains a PgBouncer without interrupting a transaction. First the script waits: the pod is already out of the Service,
 * so no new client connects, and the clients' pools close idle connections. Then it tells PgBouncer to shut down once
 * all transactions have ended. SIGTERM alone would wait for the last client to disconnect, which a busy pool never does
 * before SIGKILL. A second signal would end PgBouncer at once, so the script runs until PgBouncer has ended.
 */
export const DRAIN_SCRIPT = `#!/bin/sh
# Usage: drain.sh <folder of the Unix socket> <port> <time to leave it alone, seconds> <process id of PgBouncer>
set -eu
sleep "$3"
psql -X -q -h "$1" -p "$2" -U pgbouncer -d pgbouncer -c 'SHUTDOWN WAIT_FOR_SERVERS'
while kill -0 "$4" 2> /dev/null; do sleep 1; done
`;
