# SPDX-License-Identifier: Apache-2.0
# new files
for m in 000 022 077 0777 007; do umask $m; rm -rf f d; : >f; mkdir d; stat -c %a f d; done; umask u=rwx,g=rx,o=; umask; umask -S
