# SPDX-License-Identifier: Apache-2.0
# beginnings and ends
seq 1 20 >f; head -n 3 f; tail -n 3 f; tail -n +18 f; head -c 5 f; tail -c 5 f; head -n -17 f
head -n 1 f f; seq 1 3 | tail -n 1; tail -n 2 <f
