#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Programs of the host with their libraries, whole roots of the user's, and what
# is said when something is missing.
. "$(dirname "$0")/../../support/check.sh"
cd "$work" || exit 1
program=$(command -v gawk || command -v awk)
program=$(realpath "$program")

note "a dynamic program of the host, at its own place"
cp "$program" ./mine
tessera run ./mine 'BEGIN { print ARGV[1], exp(1); exit 4 }' word </dev/null
has_status 4
has_output "word 2.71828"

note "a script of the host brings its interpreter"
printf '#!%s -f\nBEGIN { print "script", ARGV[1] }\n' "$program" >script
chmod +x script
tessera run ./script x </dev/null
has_status 0
has_output "script x"

note "env finds only what the system has"
printf '#!/usr/bin/env no-such-interpreter\n' >script
tessera run ./script </dev/null
has_status 125
one_error_line
errors_like 'runs no-such-interpreter, which is not in the system'
printf '#!/usr/bin/env sha256sum\nx' >script
tessera run ./script </dev/null
has_status 0
has_output "$(sha256sum <script | cut -d' ' -f1)  $work/script"

note "damaged, foreign, missing"
head -c 200 mine >cut
tessera run ./cut </dev/null
has_status 125
one_error_line
errors_like 'ELF file is damaged'
{ head -c 18 mine; printf '\267\0'; tail -c +21 mine; } >foreign  # EM_AARCH64
tessera run ./foreign </dev/null
has_status 125
one_error_line
errors_like 'another kind of machine'
LC_ALL=C sed 's/libc\.so\.6/libq.so.6/g' mine >orphan
tessera run ./orphan </dev/null
has_status 125
one_error_line
errors_like 'needs the library libq\.so\.6'
tessera run ./none </dev/null
has_status 125
one_error_line

note "a root of the user's: a directory, archives"
mkdir -p root/bin root/lib64 root/lib
cp "$program" root/bin/prog
cp -L /lib64/ld-linux-x86-64.so.2 root/lib64/
ldd "$program" | awk '/=> \// { print $3 }' | xargs -I{} cp -L {} root/lib/
echo here >root/file
tar -C root -cf root.tar .
gzip -k root.tar && xz -k root.tar
for from in root root.tar root.tar.gz root.tar.xz; do
  tessera run --root "$from" -- /bin/prog '{ print FILENAME, $0 }' file </dev/null
  has_status 0
  has_output "file here"
done
tessera run --root root -- sh </dev/null
has_status 127
tessera run --root script -- sh </dev/null
has_status 125
errors_like 'not a tar archive'

note "too little memory for the root"
head -c 100000000 /dev/zero >root/large
tessera run --root root --memory 64M -- /bin/prog 'BEGIN { print 1 }' </dev/null
has_status 125
one_error_line
errors_like '--memory [0-9]+M may do'
tessera run --root root -- /bin/prog 'BEGIN { print 1 }' </dev/null
has_status 0
has_output 1

note "a package that there is not"
tessera run --package bash,python3-minmal -- true </dev/null
has_status 125
one_error_line
errors_like "no Debian package 'python3-minmal', did you mean 'python3-minimal'\?"

note "no network"
if ! ls "$PACKAGE_CACHE"/archives/hello_*.deb >/dev/null 2>&1; then
  http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 tessera run --package hello -- hello </dev/null
  has_status 125
  errors_like '^tessera: cannot fetch the Debian packages, which are not in the cache yet'
  [ "$(grep -vc '^tessera: fetching' "$work/err")" = 1 ] || { fail "more than one line about it"; show; }
fi
finish
