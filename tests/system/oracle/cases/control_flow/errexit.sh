# SPDX-License-Identifier: Apache-2.0
# set -e
(set -e; echo before; false; echo after); echo $?
(set -e; false || true; if false; then :; fi; ! true; echo survives); echo $?
(set -e; f() { false; echo in f; }; f && :; echo still); echo $?
(set -e; x=$(false); echo after); echo $?
