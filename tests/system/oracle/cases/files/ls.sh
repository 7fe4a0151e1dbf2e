# SPDX-License-Identifier: Apache-2.0
# lists
mkdir d; echo abc >d/f; ln -s f d/l; chmod 640 d/f; touch -d '2005-05-05 05:05:05' d/f; touch -h -d '2005-05-05 05:05:05' d/l 2>/dev/null
mkfifo d/p; chmod 600 d/p
ls d; ls -1a d; ls -F d; ls -l d | awk 'NR > 1 { print $1, $2, $3, $4, $NF }'; ls -ld d | cut -c1-10; ls -r d; ls missing; echo $?
ls -l --full-time d/f; ls -S d; ls -p d
