# SPDX-License-Identifier: Apache-2.0
# by name and type
mkdir -p a/b/c; touch a/x.c a/b/y.c a/b/c/z.h a/b/.hidden; ln -s x.c a/link
find . | sort
find . -name '*.c' | sort
find . -type d | sort; find . -type l; find . -type f -name '.*'
find a -maxdepth 1 | sort; find a -mindepth 3 | sort
