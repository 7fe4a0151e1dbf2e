# SPDX-License-Identifier: Apache-2.0
# lists
true && echo a || echo b
false && echo c || echo d
true || echo e; false || echo f
false; echo $?; ! false; echo $?
{ false; true; } && echo g
