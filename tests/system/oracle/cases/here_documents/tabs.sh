# SPDX-License-Identifier: Apache-2.0
# <<- removes tabs
	cat <<-END
		indented
	  two
	END
