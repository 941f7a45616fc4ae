# Sourced: Debian's packages without installing them. Each release gets a separate apt in which
# nothing is installed yet. The mirror is the one that this machine's own apt uses.

# Prints the mirror. It is asked for another release than the machine's, so an address that contains
# a release can't be used.
debian_mirror() {
  local tool mirror
  for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null || { echo "no $tool here: a Debian or Ubuntu machine is needed" >&2; return 1; }
  done
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -E '/debian/?$' | head -1) || true
  [ -n "$mirror" ] || { echo "no Debian mirror (an address that ends in /debian) among this machine's apt sources" >&2; return 1; }
  [ -f "$debian_keys" ] || { echo "no $debian_keys; on Debian: apt-get install debian-archive-keyring" >&2; return 1; }
  echo "$mirror"
}
debian_keys=/usr/share/keyrings/debian-archive-keyring.gpg

# debian_apt PLACE SUITE COMMAND...: an apt command that keeps all its files below PLACE. An update
# that could not fetch a list fails; apt itself would only warn and continue with old lists, or with
# none.
debian_apt() {
  local place=$1 suite=$2 mirror
  shift 2
  if [ ! -f "$place/sources.list" ]; then
    mirror=$(debian_mirror) || return 1
    mkdir -p "$place"/{lists/partial,cache/archives/partial}
    : >"$place/status"
    echo "deb [signed-by=$debian_keys arch=amd64] $mirror $suite main" >"$place/sources.list"
  fi
  "$1" -qq -o Dir::State::lists="$place/lists" -o Dir::State::status="$place/status" \
    -o Dir::State::extended_states="$place/extended" -o Dir::Cache="$place/cache" \
    -o Dir::Cache::archives="$place/cache/archives" -o Dir::Etc::sourcelist="$place/sources.list" \
    -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o APT::Sandbox::User=root -o APT::Architecture=amd64 \
    -o APT::Architectures=amd64 -o Debug::NoLocking=1 -o Acquire::Languages=none \
    -o APT::Install-Recommends=false -o APT::Update::Error-Mode=any "${@:2}"
}

# debian_unpack PLACE SUITE FOLDER PACKAGE...: the packages with everything that they need, unpacked
# into FOLDER.
debian_unpack() {
  local place=$1 suite=$2 folder=$3 package
  shift 3
  debian_apt "$place" "$suite" apt-get update >&2 || { echo "no package lists of $suite" >&2; return 1; }
  debian_apt "$place" "$suite" apt-get -y --download-only install "$@" >&2 ||
    { echo "not to be fetched from $suite: $*" >&2; return 1; }
  mkdir -p "$folder"
  for package in "$place"/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$folder" || { echo "$package cannot be unpacked" >&2; return 1; }
  done
  rm -f "$place"/cache/archives/*.deb
}

# debian_root SUITE FOLDER [TAR]: a bare root of that release in FOLDER, which is empty or not there. It is
# kept in TAR, and unpacked from there when it is there already. Needs root.
debian_root() {
  local suite=$1 folder=$2 kept=${3-} mirror
  mkdir -p "$folder"
  if [ -n "$kept" ] && [ -f "$kept" ]; then
    tar -C "$folder" -xf "$kept"
    return
  fi
  command -v debootstrap >/dev/null || { echo "no debootstrap here: apt-get install debootstrap" >&2; return 1; }
  mirror=$(debian_mirror) || return 1
  debootstrap --variant=minbase "$suite" "$folder" "$mirror" >"$folder.log" ||
    { tail "$folder.log" >&2; echo "no $suite" >&2; return 1; }
  rm -f "$folder.log"
  [ -n "$kept" ] || return 0
  mkdir -p "$(dirname "$kept")"
  tar -C "$folder" -cf "$kept.new" . && mv "$kept.new" "$kept"
}
