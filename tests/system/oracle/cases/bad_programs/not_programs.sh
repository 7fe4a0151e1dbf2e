# SPDX-License-Identifier: Apache-2.0
# directories, empty files, text
mkdir d; /opt/tests/exec-errno ./d; : >empty; chmod 755 empty; /opt/tests/exec-errno ./empty; echo text >t; chmod 755 t; /opt/tests/exec-errno ./t; chmod 644 t; /opt/tests/exec-errno ./t; /opt/tests/exec-errno ./missing; /opt/tests/exec-errno ./t/x; /opt/tests/exec-errno ''; mkfifo f; chmod 755 f; /opt/tests/exec-errno ./f; /opt/tests/exec-errno /dev/null; ln -s l l; /opt/tests/exec-errno ./l
