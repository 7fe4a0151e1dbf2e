# SPDX-License-Identifier: Apache-2.0
# -exec, +
touch 1 2 3
find . -type f -exec echo one {} \; | sort
find . -type f -exec sh -c 'echo $#' sh {} +
find . -name 2 -exec rm {} \;; ls
find . -type f -print0 | sort -z | xargs -0 echo
