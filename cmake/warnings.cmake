# SPDX-License-Identifier: Apache-2.0
# Every warning is an error, in every C++ file of the project.
set(TESSERA_WARNINGS
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wshadow -Wimplicit-fallthrough
  -Wswitch-enum -Wthread-safety -Wunsafe-buffer-usage -Wnon-virtual-dtor
  -Wno-unsafe-buffer-usage-in-libc-call -Wno-c99-designator -Wno-c++11-narrowing-const-reference
  -Wno-unknown-warning-option -Wno-gnu-statement-expression-from-macro-expansion)
