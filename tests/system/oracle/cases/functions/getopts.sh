# SPDX-License-Identifier: Apache-2.0
# option parsing
parse() {
  OPTIND=1
  while getopts ab:c o "$@"; do echo "$o [$OPTARG]"; done
  shift $((OPTIND - 1)); echo "rest $*"
}
parse -a -b val -c x y
parse -abval z
parse -d 2>&1
