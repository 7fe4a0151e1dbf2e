# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,python3,libpython3.11-testsuite
# memory: 512M
# with: python-suite.py
# CPython's own tests of threads, sockets of the Unix domain, asyncio, multiprocessing.
leave_out=(
  '*UnixSockSendfile*' '*inetsock'  # Internet sockets: there is no network yet
  '*MultiLoopWatcher*'              # skipped everywhere
  test_above_fd_setsize             # 65,000 descriptors
)
cd /tmp || exit 1
python3 /python-suite.py "${leave_out[@]/#/--ignore=}" test_thread test_threadsignals test_threading_local test_threadedtempfile \
  test_queue test_selectors test_hashlib
python3 /python-suite.py -m '*Unix*' -m '*Pair*' --ignore='*UDPLITE*' -u network test_socketserver test_socket
python3 /python-suite.py "${leave_out[@]/#/--ignore=}" -m '*test_unix_events*' -m '*test_asyncio.test_subprocess*' test_asyncio
python3 /python-suite.py -m '*WithProcessesTest*Semaphore*' -m '*WithProcessesTest*Lock*' -m '*WithProcessesTest*Queue*' -m '*WithProcessesTest*SharedMem*' -m '*Pipe*' test_multiprocessing_fork
