#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the model's program where it is not there yet, then runs kernel_differential_test
# with it. Arguments: the test's program, where the model's program is to be, and
# arguments of the test. Exit status 77: what makes the model is not installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../../../../model/extract.sh" "$2" || exit
TESSERA_CAPABILITY_MODEL=$2 exec "$1" "${@:3}"
