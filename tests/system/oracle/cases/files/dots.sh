# SPDX-License-Identifier: Apache-2.0
# . and .. 
mkdir -p a/b; cd a/b; pwd | sed 's/.*work//'; cd ..; pwd | sed 's/.*work//'; ls ..; ls ./../a; cd ../../..; cd /..; pwd; cd /tmp/work; ls a/../a/./b/..
ls -a a; rmdir a/b/.; echo $?; rmdir a/b/..; echo $?
