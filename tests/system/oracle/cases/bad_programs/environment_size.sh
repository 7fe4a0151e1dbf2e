# SPDX-License-Identifier: Apache-2.0
# argument lists that are too long
/opt/tests/exec-errno --arguments 100 1000; /opt/tests/exec-errno --arguments 1 131071; /opt/tests/exec-errno --arguments 1 131072; /opt/tests/exec-errno --arguments 100 100000
