# SPDX-License-Identifier: Apache-2.0
# -L and -xdev
mkdir real; touch real/f; ln -s real link; ln -s missing broken
find . | sort; echo; find -L . -name f | sort; find link; find link/ | sort
