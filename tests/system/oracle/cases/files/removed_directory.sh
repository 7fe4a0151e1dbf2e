# SPDX-License-Identifier: Apache-2.0
# the working directory goes away
mkdir d; cd d; rmdir ../d; ls; echo $?; touch x; echo $?; mkdir y; echo $?; ls -a; cd ..; echo $?
