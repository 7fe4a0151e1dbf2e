# SPDX-License-Identifier: Apache-2.0
# two descriptors that append
exec 3>>log 4>>log
echo a >&3; echo b >&4; echo c >&3
cat log
