# SPDX-License-Identifier: Apache-2.0
# write, sync and replace many times
i=0; while [ $i -lt 100 ]; do echo $i >new; mv new current; i=$((i+1)); done; cat current; ls; sync; fsync current; echo $?
