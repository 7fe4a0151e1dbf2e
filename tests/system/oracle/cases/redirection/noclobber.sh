# SPDX-License-Identifier: Apache-2.0
# set -C and >|
set -C
echo a >f; (echo b >f) 2>/dev/null || echo kept
cat f; echo c >|f; cat f
