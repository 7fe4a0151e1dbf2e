# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,python3,libpython3.11-testsuite
# memory: 512M
# with: python-suite.py
# CPython's own tests of processes, signals, terminals, time. Left out by name:
leave_out=(
  test_no_leaking '*leak_fast*' test_close_fds_when_max_fd_is_lowered  # a thousand processes
  test_monotonic_settime          # sets the clock of the machine it runs on
  '*fd_socket*' test_invalid_socket  # Internet sockets: there is no network yet
  '*StressTest*'                  # 30 s of signals each
)
cd /tmp || exit 1
python3 /python-suite.py "${leave_out[@]/#/--ignore=}" test_subprocess test_signal test_pty test_openpty test_wait3 test_wait4 \
  test_fork1 test_popen test_pipes test_resource test_ioctl test_time test_sched test_atexit test_syslog test_select
# These run in a process of their own in test_eintr; the one class that needs a network is left out.
python3 -m unittest -v test._test_eintr.{OSEINTRTest,TimeEINTRTest,SignalEINTRTest,SelectEINTRTest} 2>&1 | grep -o '^test_.* \.\.\. .*' | sort
