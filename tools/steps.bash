# Sourced by the scripts beside it: where the package is, and steps that show their progress.

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"

# Runs a command under a heading with the elapsed seconds; ends the script if it fails.
step() {
  local heading=$1 status=0 began=$SECONDS
  shift
  printf '== %4d s  %s\n' "$SECONDS" "$heading"
  "$@" || status=$?
  [ "$status" -eq 0 ] && return
  printf '== %4d s  %s: failed after %d s (exit status %d)\n' \
    "$SECONDS" "$heading" $((SECONDS - began)) "$status" >&2
  exit "$status"
}

# Limits the following command to this many seconds; Ctrl-C still reaches it.
within=(timeout --foreground -k 5)

# Waits for a command to succeed: await SECONDS COMMAND...; ends the script when it does not.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $end ]; then
      echo "${0##*/}: waited in vain: $*" >&2
      exit 1
    fi
    sleep 0.02
  done
}

# Ends a child of this script, by SIGKILL if needed.
end_child() { # PID
  kill -TERM "$1" 2>/dev/null || true
  local tries
  for tries in {1..100}; do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.05
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

need_swift() {
  command -v swift >/dev/null && return
  echo "${0##*/}: no swift here; a toolchain of Swift 6.2 or later is needed (swift.org/install)" >&2
  exit 1
}
