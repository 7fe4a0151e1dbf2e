# SPDX-License-Identifier: Apache-2.0
# sizes, permissions, times, empty
mkdir d e; printf abc >d/three; head -c 5000 /dev/zero >d/big; : >d/none
chmod 600 d/three; touch -d '2001-01-01 00:00:00' d/big
find d -type f -size +4 | sort; find d -type f -size 3c; find d -empty; find . -type d -empty
find d -perm 600; find d -perm -444 -type f | sort
find d -type f -mtime +365; find d -newer d/big -type f | sort
