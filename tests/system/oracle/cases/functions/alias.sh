# SPDX-License-Identifier: Apache-2.0
# aliases in a script
alias hi='echo hello'
hi there
unalias hi
hi 2>/dev/null || echo gone
