#!/bin/sh
# Installs tsmon, or replaces it by another version: curl -fsSL URL/install.sh | sh
#
# Everything is inside functions, and the last line calls the first of them: a copy that was cut off does nothing.
set -eu

usage() {
  cat <<'EOF'
Usage: install.sh [--mode MODE] [--version VERSION] [--prefix DIR] [--base-url URL] [-- FLAGS]
       install.sh --uninstall [--prefix DIR]

Installs tsmon, or replaces it by another version. Run it again to upgrade.

  --mode MODE        Also make it a service: agent, discover or fleet. FLAGS are the mode's own; see tsmon MODE --help
  --version VERSION  This version instead of the newest
  --prefix DIR       Install below DIR instead of /usr/local. Needs no root where DIR is yours, such as ~/.local
  --base-url URL     Where the releases are, for a mirror. Also by the variable TSMON_BASE_URL
  --uninstall        Stop its services and remove the program. Settings and state stay
  --help             Show this help
EOF
}

main() {
  # Root's umask may hide from others what is theirs to read.
  umask 022
  base_url=${TSMON_BASE_URL:-@BASE_URL@}
  prefix='' version='' mode='' action=install work=''
  while [ $# -gt 0 ]; do
    case $1 in
      --mode | --version | --prefix | --base-url)
        [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value"
        case $1 in
          --mode) mode=$2 ;;
          --version) version=${2#v} ;;
          --prefix) prefix=$2 ;;
          --base-url) base_url=$2 ;;
        esac
        shift 2
        ;;
      --uninstall) action=uninstall && shift ;;
      --help | -h) usage && return 0 ;;
      --) shift && break ;;
      *) fail "Unknown argument \"$1\": see --help" ;;
    esac
  done
  case $mode in '' | agent | discover | fleet) ;; *) fail "Unknown mode \"$mode\": expected agent, discover or fleet" ;; esac
  case $version in *[!0-9A-Za-z.+~-]*) fail "\"$version\" is not a version: expected one such as 1.2.3" ;; esac
  if [ "$action" = uninstall ]; then
    [ -z "$mode$version" ] && [ $# -eq 0 ] || fail "--uninstall removes all of tsmon. For one service: tsmon uninstall MODE"
    check_prefix
    uninstall
  else
    [ $# -eq 0 ] || [ -n "$mode" ] || fail "Flags after -- are for a service: name it with --mode"
    check_tools
    check_prefix
    install "$@"
  fi
}

say() { printf '%s\n' "$*"; }

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

check_tools() {
  for tool in awk chmod cut head id mkdir mktemp mv rm tail tar uname; do
    has "$tool" || fail "Cannot install without the program $tool: it is not on the PATH"
  done
  has xz || has gzip || fail "Cannot unpack: neither xz nor gzip is there"
  has curl || has wget || fail "Cannot download: neither curl nor wget is there"
  has sha256sum || has shasum || has openssl || fail "Cannot check a download: none of sha256sum, shasum and openssl is there"
}

is_root() { [ "$(id -u)" -eq 0 ]; }

check_prefix() {
  if [ -z "$prefix" ]; then
    is_root || fail "Installing for all users needs root: run it with sudo, or give --prefix \"\$HOME/.local\""
    prefix=/usr/local
  fi
  case $prefix in /*) ;; *) prefix=$(pwd)/$prefix ;; esac
  prefix=${prefix%/}
  if [ -n "$mode" ] && ! is_root; then fail "Making a service needs root: run it with sudo, or leave out --mode"; fi
}

install() {
  target=$(detect_target)
  trap cleanup EXIT
  trap 'exit 1' INT TERM HUP
  make_work_folder
  file=tsmon-$target.tar.$(compression)
  fetch SHA256SUMS
  expected=$(awk -v file="$file" '$2 == file || $2 == "*" file { print $1 }' "$work/SHA256SUMS")
  case $expected in
    *[!0-9a-f]* | '') fail "Cannot check $file: SHA256SUMS of $(release_url) does not list it" ;;
  esac
  fetch "$file"
  actual=$(sha256 "$work/$file")
  [ "$actual" = "$expected" ] ||
    fail "Checksum of $file is wrong: expected $expected, got $actual. Nothing was installed; try again, or another mirror"
  unpack
  try_binary
  place
  start_services "$@"
}

# Prints what the names of the releases call this machine.
detect_target() {
  [ "$(uname -s)" = Linux ] || fail "There are programs for Linux alone, this is $(uname -s): run tsmon from its source"
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) arch=amd64 loader=/lib64/ld-linux-x86-64.so.2 ;;
    aarch64 | arm64) arch=arm64 loader=/lib/ld-linux-aarch64.so.1 ;;
    *) fail "There is no program for $machine: expected x86_64 or aarch64" ;;
  esac
  # A Raspberry Pi may run a 64-bit kernel under a 32-bit system.
  if has getconf; then
    [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 64 ] ||
      fail "This is a 32-bit system on a 64-bit kernel: tsmon needs a 64-bit system"
    [ "$(getconf PAGESIZE 2>/dev/null || echo 4096)" -le 16384 ] ||
      fail "This kernel has pages of $(getconf PAGESIZE) bytes: tsmon needs one with at most 16384"
  fi
  # ldd tells whose it is; musl's loader may be there beside glibc's, and the other way round.
  libc=''
  if has ldd; then case $(ldd --version 2>&1 || true) in *musl*) libc=-musl ;; *GLIBC* | *GNU*) libc=glibc ;; esac; fi
  if [ -z "$libc" ] && [ ! -e "$loader" ] && [ -n "$(ls /lib/ld-musl-*.so.1 2>/dev/null)" ]; then libc=-musl; fi
  say "linux-$arch${libc#glibc}"
}

# A folder beside the program's place, so that the last step is a rename within one file system.
make_work_folder() {
  complaint=$(mkdir -p "$prefix/bin" 2>&1) ||
    fail "Cannot make the folder $prefix/bin: $(reason). Try sudo, or another --prefix. Nothing was installed"
  complaint=$(mktemp -d "$prefix/bin/.tsmon-install.XXXXXX" 2>&1) ||
    fail "Cannot write to $prefix/bin: $(reason). Try sudo, or another --prefix. Nothing was installed"
  work=$complaint
  # What a run left that was cut short by a power failure. Others may be under way.
  find "$prefix/bin" -maxdepth 1 -name '.tsmon-install.*' -mmin +60 -exec rm -rf {} + 2>/dev/null || true
  free=$(df -Pk "$work" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }')
  [ -z "$free" ] || [ "$free" -ge 170 ] ||
    fail "No space in $prefix/bin: $free MB are free, and 170 MB are needed while it installs. Nothing was installed"
}

# What a program complained of last, without its name and what it was about: those are told already.
reason() {
  text=$(printf '%s\n' "$complaint" | tail -n 1)
  say "${text##*: }"
}

cleanup() { [ -z "$work" ] || rm -rf "$work"; }

# xz is a quarter smaller, but not everywhere. busybox's does not know the filter that the program for amd64 is packed with.
compression() {
  has xz || { say gz && return; }
  case $target:$(xz --version 2>&1 || true) in linux-amd64:*'XZ Utils'* | *-musl:* | *arm64:*) say xz ;; *) say gz ;; esac
}

release_url() {
  if [ -n "$version" ]; then say "${base_url%/}/download/v$version"; else say "${base_url%/}/latest/download"; fi
}

# Downloads a file of the release into the work folder.
fetch() {
  case $base_url in
    http://* | https://*) ;;
    *) fail "No place to download from: set TSMON_BASE_URL to the URL of the releases" ;;
  esac
  url=$(release_url)/$1
  if has curl; then
    complaint=$(curl -fsSL --connect-timeout 20 --retry 2 --speed-limit 1 --speed-time 60 -o "$work/$1" "$url" 2>&1) && return
  else
    # busybox has neither -nv nor -t, and some of its builds break down with -T.
    case $(wget --version 2>&1 || true) in *'GNU Wget'*) set -- "$1" -nv -t 2 --waitretry=1 -T 60 ;; *) set -- "$1" -q ;; esac
    name=$1 && shift
    complaint=$(wget "$@" -O "$work/$name" "$url" 2>&1) && return
  fi
  # The last line: those before it tell of other tries.
  fail "Cannot download $url: $(printf '%s' "${complaint:-it gave no reason}" | tail -n 1). Nothing was installed"
}

sha256() {
  if has sha256sum; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  else
    openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
  fi
}

unpack() {
  mkdir "$work/tree"
  case $file in *.xz) decompress='xz -dc' ;; *) decompress='gzip -dc' ;; esac
  # Without a file for what it says: there may be no space for one.
  complaint=$({ $decompress "$work/$file" | (cd "$work/tree" && tar -xf -); } 2>&1) ||
    fail "Cannot unpack $file in $prefix/bin: $(printf '%s' "$complaint" | head -n 1) (is the disk full?). Nothing was installed"
  rm "$work/$file"
  [ -f "$work/tree/bin/tsmon" ] || fail "There is no program in $file. Nothing was installed"
}

try_binary() {
  chmod 755 "$work/tree/bin/tsmon"
  new=$("$work/tree/bin/tsmon" --version 2>&1) || {
    case $target in *musl) hint=' On Alpine: apk add libstdc++.' ;; *) hint='' ;; esac
    fail "The program for $target does not run here: $(printf '%s' "${new:-it gave no reason}" | head -n 1).$hint Nothing was installed"
  }
  old=$("$prefix/bin/tsmon" --version 2>/dev/null) || old=''
}

# The program last: until then the old one is whole, and after that the new one is.
place() {
  for file in $(shared_files); do
    [ -f "$work/tree/$file" ] || continue
    mkdir -p "$prefix/${file%/*}" && mv -f "$work/tree/$file" "$prefix/$file" ||
      fail "Cannot write $prefix/$file. The program was not replaced"
  done
  # The same program again is no way back.
  if [ -f "$prefix/bin/tsmon" ] && [ "$old" != "$new" ]; then
    ln -f "$prefix/bin/tsmon" "$prefix/bin/tsmon.old" 2>/dev/null || cp -p "$prefix/bin/tsmon" "$prefix/bin/tsmon.old" ||
      fail "Cannot keep the old program as $prefix/bin/tsmon.old. It was not replaced"
  fi
  mv -f "$work/tree/bin/tsmon" "$prefix/bin/tsmon" || fail "Cannot replace $prefix/bin/tsmon. It was not replaced"
  say "Installed $new in $prefix/bin/tsmon"
  if [ -n "$old" ] && [ "$old" != "$new" ]; then say "Before: $old, kept as $prefix/bin/tsmon.old"; fi
  case :$PATH: in *:"$prefix/bin":*) ;; *) say "$prefix/bin is not on your PATH" ;; esac
}

shared_files() {
  say share/doc/tsmon/LICENSE
  say share/doc/tsmon/NOTICES
  say share/man/man1/tsmon.1
  for name in agent discover fleet doctor install generate-acl generate-prometheus; do say "share/man/man1/tsmon-$name.1"; done
  say share/bash-completion/completions/tsmon
  say share/zsh/site-functions/_tsmon
  say share/fish/vendor_completions.d/tsmon.fish
}

# The named mode, and those that are services of this very program already, whose units may be new. Not those that are off.
start_services() {
  if [ -n "$mode" ]; then "$prefix/bin/tsmon" install "$mode" "$@" || service_failed "$mode"; fi
  is_root || return 0
  for other in agent discover fleet; do
    [ "$other" = "$mode" ] || ! has_unit "$other" || is_off "$other" || "$prefix/bin/tsmon" install "$other" ||
      service_failed "$other"
  done
  if [ -z "$mode" ] && [ -z "$old" ]; then say "Try: tsmon agent. As a service: tsmon install agent"; fi
}

has_unit() { grep -q "^ExecStart=$prefix/bin/tsmon $1 " "/etc/systemd/system/tsmon-$1.service" 2>/dev/null; }

is_off() { ! systemctl -q is-enabled "tsmon-$1" 2>/dev/null && ! systemctl -q is-active "tsmon-$1"; }

service_failed() {
  back=''
  if [ -x "$prefix/bin/tsmon.old" ]; then back=". Back: mv $prefix/bin/tsmon.old $prefix/bin/tsmon && tsmon install $1"; fi
  fail "The program is installed, but the service $1 is not: see above$back"
}

uninstall() {
  if is_root && [ -x "$prefix/bin/tsmon" ]; then
    for other in agent discover fleet; do
      ! has_unit "$other" || "$prefix/bin/tsmon" uninstall "$other" || fail "The service $other was not removed: see above"
    done
  fi
  found=''
  for file in bin/tsmon bin/tsmon.old $(shared_files); do
    [ -e "$prefix/$file" ] || continue
    complaint=$(rm -f "$prefix/$file" 2>&1) || fail "Cannot remove $prefix/$file: $(reason)"
    found=yes
  done
  rmdir "$prefix/share/doc/tsmon" 2>/dev/null || true
  if [ -n "$found" ]; then say "Removed tsmon from $prefix"; else say "There is no tsmon in $prefix: is its place another --prefix?"; fi
}

main "$@"
