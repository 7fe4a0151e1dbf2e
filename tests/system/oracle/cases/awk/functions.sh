# SPDX-License-Identifier: Apache-2.0
# strings and numbers
awk 'BEGIN { print length("hello"), index("hello", "l"), substr("hello", 2, 3), toupper("abc"), tolower("ABC")
  n = split("a:b:c", p, ":"); print n, p[3]; s = "banana"; print gsub(/an/, "AN", s), s; print match("foobar", /o+/), RSTART, RLENGTH
  print sprintf("%05.2f|%-5s|%x|%c", 3.14159, "ab", 255, 65); print int(-3.7), sqrt(16), 2 ^ 10, 7 % 3
  print substr("hello", 0), substr("hello", -1, 3), 1e6, 0.1 + 0.2, 1 / 3 }'
