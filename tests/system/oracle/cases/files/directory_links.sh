# SPDX-License-Identifier: Apache-2.0
# cd through links
mkdir -p real/sub; ln -s real/sub link; cd link; pwd | sed 's/.*work//'; pwd -P | sed 's/.*work//'; cd ..; pwd | sed 's/.*work//'; cd -P link; pwd | sed 's/.*work//'; cd ..; pwd | sed 's/.*work//'
