# SPDX-License-Identifier: Apache-2.0
# recursion
awk 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } BEGIN { print fib(18) }'
awk 'function f(a, i) { a["k"] = 1; i = 5 } BEGIN { f(x); print x["k"], i "" }'
