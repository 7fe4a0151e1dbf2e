# SPDX-License-Identifier: Apache-2.0
# a thousand files in one directory
i=0; while [ $i -lt 1000 ]; do : >f$i; i=$((i+1)); done
ls | wc -l; ls | sort | md5sum; echo * | wc -w; rm f*5; ls | wc -l; find . -type f -name 'f9*' | wc -l; rm -f f*; ls | wc -l
