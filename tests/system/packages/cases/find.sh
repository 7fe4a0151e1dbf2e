# SPDX-License-Identifier: Apache-2.0
# findutils.
cd /tmp && mkdir -p f/{a,b}/c && touch -d @1000000000 f/a/old && seq 100 >f/b/c/new && ln -s ../a f/b/link && cd f || exit 1
find . | sort
find -L . -name old | sort
find . -type f -newermt 2005-01-01 -printf '%p %s %m\n'
find . -type d -empty -o -type l | sort
find . -type f -print0 | sort -z | xargs -0 -n1 wc -c
find . -type f -exec sh -c 'echo "$1" "$2"' sh {} + | tr ' ' '\n' | sort
seq 20000 | xargs -P2 -n 1000 echo | wc -w
find . -depth -delete; ls -A /tmp/f
find /usr/lib/x86_64-linux-gnu -name 'libc.so.6' -maxdepth 1
