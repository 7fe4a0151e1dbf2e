# SPDX-License-Identifier: Apache-2.0
# five hundred in a row
i=0; while [ $i -lt 500 ]; do (exit 0) || echo bad; i=$((i+1)); done; echo $i
