# SPDX-License-Identifier: Apache-2.0
# and, or, not, prune
mkdir -p p/skip p/keep; touch p/skip/a p/keep/a p/keep/b
find p -path p/skip -prune -o -type f -print | sort
find p \( -name a -o -name b \) ! -path '*skip*' | sort
find p -name a -a -path '*keep*'
