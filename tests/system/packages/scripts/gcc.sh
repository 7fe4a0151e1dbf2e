# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,gcc,libc6-dev,tcc,make
mkdir -p /tmp/c && cd /tmp/c || exit 1
cat >value.h <<'C'
int value(int x);
extern int calls;
C
cat >value.c <<'C'
#include "value.h"
int calls;
int value(int x) { ++calls; return x * 3 + 1; }
C
cat >main.c <<'C'
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "value.h"
static int descending(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }
int main(int argc, char **argv) {
  int n[] = {value(1), value(5), value(3)};
  qsort(n, 3, sizeof *n, descending);
  printf("%d %d %d calls %d arguments %d %s\n", n[0], n[1], n[2], calls, argc, argc > 1 ? argv[1] : "-");
  printf("%.6f %a %s\n", sqrt(2), 0.1, strerror(ENOENT));
  return argc;
}
C
cat >plugin.c <<'C'
#include <stdio.h>
static __thread int seen = 40;
__attribute__((constructor)) static void enter(void) { puts("plugin in"); }
__attribute__((destructor)) static void leave(void) { puts("plugin out"); }
int answer(int x) { return seen += x; }
C
cat >load.c <<'C'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *none = dlopen("./nothing.so", RTLD_NOW);
  printf("%p %s\n", none, dlerror());
  void *plugin = dlopen("./plugin.so", RTLD_NOW);
  if (!plugin) return puts(dlerror()), 1;
  int (*answer)(int) = (int (*)(int))dlsym(plugin, "answer");
  printf("%d", answer(1));
  printf(" %d %s\n", answer(1), dlsym(plugin, "question") ? "found" : dlerror());
  return dlclose(plugin);
}
C

for level in -O0 "-O2 -g -flto"; do
  gcc $level -Wall -c value.c main.c && gcc $level -o program main.o value.o -lm && ./program "$level"; echo "status $?"
done
gcc -O2 -c value.c main.c; rm -f libvalue.a; ar rcsD libvalue.a value.o && ar t libvalue.a && nm libvalue.a && ranlib -D libvalue.a
gcc -o static main.o -L. -lvalue -lm && ./static archive; echo "status $?"
gcc -static -o whole main.o -L. -lvalue -lm && ./whole whole; echo "status $?"
gcc -O2 -shared -fPIC -Wl,-soname,libv.so.1 -o libv.so.1 value.c && ln -sf libv.so.1 libv.so && gcc -o dynamic main.o -L. -lv -lm
./dynamic 2>&1; echo "status $?"; LD_LIBRARY_PATH=. ./dynamic shared; echo "status $?"
readelf -d dynamic | grep NEEDED; gcc -o dynamic main.o -L. -lv -lm -Wl,-rpath,'$ORIGIN' && ./dynamic origin; echo "status $?"
gcc -shared -fPIC -o plugin.so plugin.c && gcc -o load load.c && ./load; echo "status $?"
gcc -g -O2 -o program main.c value.c -lm && cp program bare && strip bare && ./bare stripped; echo "status $?"
addr2line -f -e program "$(nm program | awk '$3 == "value" { print $1 }')" | sed 's,.*/,,'; objdump -d --no-show-raw-insn value.o | tail -n 6
gcc -E -dM -x c /dev/null | grep -c __GNUC; gcc -O2 -S -o - value.c | grep -c ret; echo 'int f(void) { return x; }' | gcc -x c -c - -o f.o 2>&1; echo "status $?"
gcc -o program main.c 2>&1 | sed 's,/tmp/cc[^:]*,object,g' | grep -v '^/usr/bin/ld: object'; sha256sum value.o libvalue.a libv.so.1 static whole

echo "== tcc"
cat >plugin.c <<'C'
static int seen = 40;
int answer(int x) { return seen += x; }
C
tcc -o program main.c value.c -lm && ./program tcc; echo "status $?"
tcc -c value.c -o tvalue.o && tcc -ar rcs libt.a tvalue.o && tcc -o program main.c libt.a -lm && ./program archive; echo "status $?"
cat main.c value.c | sed 's/#include "value.h"/int value(int); extern int calls;/' | tcc -run -lm - one; echo "status $?"
printf '#!/usr/bin/tcc -run\n#include <stdio.h>\nint main(int n, char **v) { return printf("script of %%d\\n", n); }\n' >script.c; chmod +x script.c; ./script.c a b; echo "status $?"
tcc -shared -o plugin.so plugin.c && tcc -o load load.c -ldl && ./load; echo 'int main(void) { return nothing; }' | tcc -c - -o f.o; echo "status $?"

echo "== make"
cat >Makefile <<'M'
CFLAGS = -O1 -MMD
objects = main.o value.o
LDLIBS = -lm
product: $(objects) ; $(CC) -o $@ $^ $(LDLIBS)
-include $(objects:.o=.d)
M
rm -f ./*.o; make --no-print-directory; ./product make; echo "status $?"; make -q; echo "status $?"
touch -d '2100-01-01' value.h; make -n 2>/dev/null | grep -c -- -c; rm -f ./*.o product; CC=tcc; make -s CC=tcc CFLAGS=-g && ./product tcc; echo "status $?"
rm -f ./*.o product; make -s -j4; ./product; echo "status $?"
