# SPDX-License-Identifier: Apache-2.0
# a trap while reading: read starts again, or ends
trap 'echo trap ran' ALRM
mkfifo p; exec 3<>p
(sleep 0.3; kill -ALRM $$; sleep 0.3; echo line >p) &
read -r x <&3; echo "$? [$x]"; wait
