# SPDX-License-Identifier: Apache-2.0
# attributes are inherited
umask 027; (umask; umask 077; umask); umask
(ulimit -n 100; ulimit -n; sh -c 'ulimit -n')
