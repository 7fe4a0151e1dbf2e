# SPDX-License-Identifier: Apache-2.0
# an open file without a name
echo data >f; exec 3<f; rm f; cat <&3; ls; exec 3<&-
exec 4<>g; rm g; echo more >&4; ls -l /proc/self/fd/4 | sed 's/.*g/g/'; exec 4>&-
