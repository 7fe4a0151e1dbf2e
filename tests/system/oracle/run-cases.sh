# SPDX-License-Identifier: Apache-2.0
# run-cases.sh GROUP [AFTER]: runs the cases of /cases/GROUP in the order of their
# names (only those behind the case AFTER), each by a shell of its own in an empty
# directory, with at most 20 seconds. Run by busybox' sh on Linux and on Tessera.
# Prints for each case
#   @@@ start NAME
#   @@@ case NAME status N bytes B
#   B bytes of output and errors together, and a line end
# and at last `@@@ done`.
group=$1
after=${2-}
for file in /cases/"$group"/*.sh; do
  name=${file##*/}
  name=${name%.sh}
  if [ -n "$after" ]; then
    [ "$name" = "$after" ] && after=
    continue
  fi
  echo "@@@ start $name"
  mkdir -p /tmp/work
  cd /tmp/work || exit
  timeout -s KILL 60 sh "$file" </dev/null >/tmp/output 2>&1
  status=$?
  echo "@@@ case $name status $status bytes $(wc -c </tmp/output)"
  cat /tmp/output
  echo
  cd /tmp || exit
  chmod -R u+rwx work 2>/dev/null
  rm -rf work output
done
echo "@@@ done"
