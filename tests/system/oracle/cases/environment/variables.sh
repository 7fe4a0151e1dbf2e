# SPDX-License-Identifier: Apache-2.0
# what a fresh shell has
echo $HOME $USER $PATH; echo ${#PWD}; cd /; echo $PWD $OLDPWD | sed 's/ .*work/ work/'; echo $PPID | grep -c '[0-9]'; echo "$IFS" | od -c; echo $OPTIND; hostname
