#!/bin/sh
# assemble.sh BINARY FOLDER: all that the program needs besides a kernel, from the Debian that this runs on: the C library's
# parts that it names, a user for it, and folders to mount things at. Neither a shell nor any other program is in there.
set -eu
binary=$1 out=$2
mkdir -p "$out/usr/bin" "$out/etc/tsmon" "$out/tmp" "$out/var/lib/tsmon" "$out/run/tailscale" "$out/host"
cp "$binary" "$out/usr/bin/tsmon"
chmod 755 "$out/usr/bin/tsmon"
for library in $(ldd "$binary" | grep -o '/[^ ]*'); do
  mkdir -p "$out${library%/*}"
  cp -L "$library" "$out$library"
done
echo 'tsmon:x:65532:65532:tsmon:/var/lib/tsmon:/nonexistent' >"$out/etc/passwd"
echo 'tsmon:x:65532:' >"$out/etc/group"
# Names are looked up in the order that glibc has by default: files, then DNS, whose parts it has inside since 2.34.
chown 65532:65532 "$out/var/lib/tsmon"
chmod 1777 "$out/tmp"
