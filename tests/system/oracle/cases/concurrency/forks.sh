# SPDX-License-Identifier: Apache-2.0
# children of children
tree() { if [ $1 -gt 0 ]; then tree $(($1 - 1)) & tree $(($1 - 1)) & wait; fi; echo leaf >>out; }
tree 5; wait; wc -l <out
