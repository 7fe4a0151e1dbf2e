# SPDX-License-Identifier: Apache-2.0
# set -f
touch a b
set -f; echo *; set +f; echo *
