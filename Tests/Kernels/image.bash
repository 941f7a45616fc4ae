# Sourced by tools/kernels: what a guest is booted with. Everything lies below $cache; $program is the
# fini-trace under trial and $root the package.

own_release=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")

# unpacked NAME PACKAGE...: a folder with packages of this machine's own release, for the guest's C library
# must be the one that the program was linked with.
unpacked() {
  local name=$1
  shift
  [ -e "$cache/$name/.whole" ] && return
  say "packages for $name"
  rm -rf "${cache:?}/$name"
  debian_unpack "$cache/apt/$own_release" "$own_release" "$cache/$name" "$@" || fail "no packages for $name"
  # From Debian 13 on all packages have their files below usr.
  local each
  for each in bin sbin lib; do [ -e "$cache/$name/$each" ] || ln -s "usr/$each" "$cache/$name/$each"; done
  touch "$cache/$name/.whole"
}

# libraries FOLDER PROGRAM: what a program of an unpacked package is linked with, one path a line
libraries() {
  local loader
  # Whether lib lies below usr is a matter of the release.
  for loader in "$1"/{,usr/}lib/x86_64-linux-gnu/ld-linux-x86-64.so.2; do [ -e "$loader" ] && break; done
  "$loader" --library-path "$1/lib/x86_64-linux-gnu:$1/usr/lib/x86_64-linux-gnu" --list "$1/$2" 2>/dev/null |
    awk '$2 == "=>" && $3 ~ /^\// {print $3}'
}

# archived FOLDER: as the kernel's initramfs wants it
archived() { (cd "$1" && find . | "$cache/world/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null); }

# The guest's own programs, from packages.
guest_programs='bash busybox strace gdb sqlite3 criu timeout cat grep sed gawk diff cmp uname sleep sort uniq tail head
  tr cut true rm mkdir mkfifo setsid'
guest_packages='bash busybox-static strace gdb-minimal sqlite3 criu coreutils grep sed gawk diffutils util-linux'
# CRIU wants these of a kernel, and Debian has them as modules.
guest_modules='nfnetlink libcrc32c nf_tables inet_diag tcp_diag udp_diag unix_diag packet_diag netlink_diag
  af_packet veth tun'

make_victims() {
  local each
  mkdir -p "$cache/victims"
  for each in blocked-in-read sleeping busy holds-vectors many-threads; do
    make -s -C "$root/Tests/Victims" OUT="$cache/victims" "$cache/victims/$each" >&2
  done
  # Static for 32 bit: the guest has no 32-bit libraries.
  for each in blocked-in-read sleeping many-threads; do
    gcc -m32 -static -std=gnu11 -D_GNU_SOURCE -pthread -O1 -o "$cache/victims/$each-32" \
      "$root/Tests/Victims/$each.c" 2>/dev/null ||
      say "no 32-bit victim $each: gcc -m32 makes no program here (gcc-multilib)"
  done
}

make_image() {
  local tree=$cache/tree lib=usr/lib/x86_64-linux-gnu each library criu
  make_victims
  say 'image'
  rm -rf "$tree"
  mkdir -p "$tree"/{usr/bin,usr/sbin,$lib,usr/lib64,proc,sys,dev,run,tmp,new,root,etc,opt,victims,results}
  for each in bin sbin lib lib64; do ln -s "usr/$each" "$tree/$each"; done
  ln -s ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$tree/usr/lib64/"
  echo 'root:x:0:0:root:/root:/bin/bash' >"$tree/etc/passwd"
  echo 'root:x:0:' >"$tree/etc/group"
  for each in $guest_programs; do
    each=$(cd "$cache/world" && ls {usr/,}{bin,sbin}/"$each" 2>/dev/null | head -1) || true
    [ -n "$each" ] || fail 'a package lacks one of the programs of the guest'
    install -D "$cache/world/$each" "$tree/usr/${each#usr/}"
    for library in $(libraries "$cache/world" "$each"); do cp -Lu "$library" "$tree/$lib/"; done
  done
  cp -L "$cache/world/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" "$tree/$lib/"
  ln -s gawk "$tree/usr/bin/awk"
  for each in sh ls cp mount umount tar gzip dmesg ip ps kill wc env; do ln -s busybox "$tree/usr/bin/$each"; done
  # Its libraries stand where they stand here, for it looks for some of them by their whole path.
  install "$program" "$tree/usr/bin/fini-trace"
  for library in $(ldd "$program" | awk '$3 ~ /^\// {print $3}'); do
    case $library in
      /lib/* | /usr/lib/*) cp -L "$library" "$tree/$lib/" ;;
      *) install -D "$library" "$tree$library" ;;
    esac
  done
  cp "$cache"/victims/* "$tree/victims/"
  # A CRIU of another release, with the C library of that one.
  criu=$(REAL_CRIU=$cache/real-criu "$root/tools/real-criu" | tail -n 1) || fail 'no real CRIU'
  criu=$(dirname "$criu")
  mkdir -p "$tree/opt/real-criu/root"/{usr/sbin,$lib,usr/lib64}
  cp "$criu/criu" "$tree/opt/real-criu/"
  cp "$criu/root/usr/sbin/criu" "$tree/opt/real-criu/root/usr/sbin/"
  library=$(libraries "$criu/root" usr/sbin/criu)
  [ -n "$library" ] || fail 'the real CRIU does not run here'
  for library in $library "$criu/root/$lib/ld-linux-x86-64.so.2"; do cp -L "$library" "$tree/opt/real-criu/root/$lib/"; done
  cp -L "$criu/root/$lib/ld-linux-x86-64.so.2" "$tree/opt/real-criu/root/usr/lib64/"
  cp "$root/Tests/Kernels/init" "$tree/init"
  mkdir "$tree/checks"
  cp "$root"/Tests/Kernels/{run,victims,cures,observers} "$tree/checks/"
  # Not compressed: the emulator takes longer to unpack it than to read it.
  archived "$tree" >"$image.new"
  mv "$image.new" "$image"
}

# find_kernel SUITE: fetches the newest kernel of a release, and sets `kernel` to where it lies.
find_kernel() {
  local place=$cache/apt/$1 name package new=$cache/kernels/new
  mkdir -p "$cache/kernels"
  # Its lists are asked for once a day.
  if [ -z "$(find "$place/updated" -mtime -1 2>/dev/null)" ]; then
    debian_apt "$place" "$1" apt-get update >&2 || fail "no package lists of $1"
    touch "$place/updated"
  fi
  # This package only names the one with the version.
  name=$(debian_apt "$place" "$1" apt-cache depends linux-image-cloud-amd64 |
    sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
  [ -n "$name" ] || fail "no linux-image-cloud-amd64 in $1"
  kernel=$cache/kernels/$name
  [ -f "$kernel" ] && return
  say "$name"
  rm -rf "$new"
  mkdir -p "$new" "$kernel.modules"
  # Later releases have the kernel and its modules in packages of their own.
  for package in "$name" "${name/linux-image-/linux-binary-}" "${name/linux-image-/linux-modules-}"; do
    (cd "$new" && debian_apt "$place" "$1" apt-get download "$package") >/dev/null 2>&1 || true
  done
  for package in "$new"/*.deb; do
    [ -f "$package" ] || fail "$name is not to be fetched"
    # shellcheck disable=SC2046
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$new" --wildcards --transform='s,.*/,,' '*/vmlinuz*' \
      $(printf '*/%s.ko* ' $guest_modules) 2>/dev/null || true
  done
  "$cache/world/bin/busybox" unxz "$new"/*.ko.xz 2>/dev/null || true
  mv "$new"/*.ko "$kernel.modules/" 2>/dev/null || say "$name: no modules, so CRIU will not dump"
  mv "$new"/vmlinuz* "$kernel" || fail "no kernel in $name"
  rm -rf "$new"
}
