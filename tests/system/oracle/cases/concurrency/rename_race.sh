# SPDX-License-Identifier: Apache-2.0
# readers see the old or the new file, never none
echo v0 >f; (i=0; while [ $i -lt 200 ]; do echo v$i >f.new; mv f.new f; i=$((i+1)); done) & w=$!
bad=0; n=0; while [ $n -lt 200 ]; do read -r x <f || bad=$((bad+1)); case $x in v*) ;; *) bad=$((bad+1));; esac; n=$((n+1)); done; wait; echo "bad $bad"; cat f
