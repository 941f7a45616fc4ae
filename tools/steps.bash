# Sourced by the scripts beside it: where the package is, and steps that show what goes on.

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"

# Runs a command under a heading with the seconds gone by; ends the script when it fails.
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

need_swift() {
  command -v swift >/dev/null && return
  echo "${0##*/}: no swift here; a toolchain of Swift 6.2 or later is needed (swift.org/install)" >&2
  exit 1
}
