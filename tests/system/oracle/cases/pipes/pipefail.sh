# SPDX-License-Identifier: Apache-2.0
# set -o pipefail
set -o pipefail
false | true; echo $?
(exit 4) | (exit 5) | true; echo $?
true | true; echo $?
