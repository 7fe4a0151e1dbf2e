# SPDX-License-Identifier: Apache-2.0
# GNU make, with jobs in parallel.
mkdir /tmp/m && cd /tmp/m || exit 1
printf '%s\n' 'all: a.out b.out' '%.out: %.in' $'\ttr a-z A-Z <$< >$@' 'fail:' $'\texit 3' '.PHONY: all fail' >Makefile
echo alpha >a.in; echo beta >b.in
make -j2 --no-print-directory | sort
cat a.out b.out
make; touch -d @4000000000 a.in; make -n 2>/dev/null
make fail; echo "status $?"
make --version | head -1
