/**
 * Shell scripts beside PgBouncer, mounted from its ConfigMap: POSIX sh, and psql where they ask a server. What
 * differs between a pod and a test stands in the arguments.
 */

/**
 * Turns the mounted secret into `userlist.txt`, and into a password file for the readiness query, again and again:
 * the CSI driver replaces the files when the password is rotated. PgBouncer reads its `auth_file` and certificate at
 * start and on RELOAD only, so the script asks for that after a change, and again until PgBouncer has heard it.
 *
 * Each file is written beside the old one and moved over it, so that no reader meets half of it. In `userlist.txt`
 * a double quote is doubled and a backslash is itself; in a password file colon and backslash are escaped.
 */
export const USERLIST_SCRIPT = `#!/bin/sh
# Usage: userlist.sh <folder of username and password> <folder to write to> <folder of the Unix socket> <port>
#   <pause, seconds> [<certificate>]
set -eu
umask 077
secret=$1 target=$2 socket=$3 port=$4 pause=$5 certificate=\${6:-/dev/null}

# Process 1 gets no signal that it does not ask for.
trap 'exit 0' TERM INT

write() {
  username=$(cat "$secret/username")
  password=$(cat "$secret/password")
  if [ -z "$username" ] || [ -z "$password" ]; then
    echo 'username or password is empty' >&2
    return 1
  fi
  printf '"%s" "%s"\\n' "$(doubled "$username")" "$(doubled "$password")" > "$target/userlist.new" &&
    printf '*:*:*:%s:%s\\n' "$(escaped "$username")" "$(escaped "$password")" > "$target/pgpass.new" &&
    mv "$target/pgpass.new" "$target/pgpass.txt" &&
    mv "$target/userlist.new" "$target/userlist.txt"
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
 * Succeeds once a query goes all the way, through PgBouncer to the database, as the API's user. `timeout` ends a
 * query that hangs; the kubelet would only stop listening to it.
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
 * Takes a PgBouncer out of service without cutting a transaction. First it is left alone: no new client comes, for
 * the pod is out of the Service already, and clients' pools close what they do not use. Then PgBouncer is asked to
 * end once every transaction has. SIGTERM alone would wait for the last client to go, which a busy pool never
 * does, until SIGKILL; a signal while it is ending makes it end at once, so the script stays until it has.
 */
export const DRAIN_SCRIPT = `#!/bin/sh
# Usage: drain.sh <folder of the Unix socket> <port> <time to leave it alone, seconds> <process id of PgBouncer>
set -eu
sleep "$3"
psql -X -q -h "$1" -p "$2" -U pgbouncer -d pgbouncer -c 'SHUTDOWN WAIT_FOR_SERVERS'
while kill -0 "$4" 2> /dev/null; do sleep 1; done
`;
