# SPDX-License-Identifier: Apache-2.0
# modes, numbers and letters
touch f; for m in 644 000 7777 u=rwx,g=rx,o= u+s g+s +t a-x u-s,g-s,-t go=u; do chmod $m f; stat -c '%a %A' f; done
chmod 9 f; echo $?; chmod 644 missing; echo $?; mkdir -p d/e; touch d/e/f; chmod -R 700 d; stat -c %a d d/e d/e/f
