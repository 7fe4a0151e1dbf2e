# SPDX-License-Identifier: Apache-2.0
# dc
dc -e '2 3 + p 4 * p' 
echo '10 k 2 v p' | dc
echo '1 2 3 f' | dc
