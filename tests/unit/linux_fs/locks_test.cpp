// SPDX-License-Identifier: Apache-2.0
// Record locks and flock.
#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/locks.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;

void locks_tests() {
  std::int64_t fd = call(sys_open, "/tmp/locked", kOpenCreate | kOpenReadWrite, 0644);
  abi::Flock lock{1, 0, 0, 10, 10, 0, 0};
  equal(call(sys_fcntl, fd, 6, &lock), 0);
  // Another process: another descriptor table.
  Ref<FileTable> mine = fake::world().files;
  fake::world().files = mine->copy();
  fake::world().pid = 11;
  abi::Flock other{0, 0, 0, 15, 1, 0, 0};
  equal(call(sys_fcntl, fd, 6, &other), -11);
  equal(call(sys_fcntl, fd, 7, &other), -512);
  equal(call(sys_fcntl, fd, 5, &other), 0);
  equal(other.type, 1);
  equal(other.start, 10);
  equal(other.length, 10);
  equal(other.pid, 10);
  other = {1, 0, 0, 20, 0, 0, 0};
  equal(call(sys_fcntl, fd, 6, &other), 0);
  fake::world().files = mine;
  fake::world().pid = 10;
  // Unlocking the middle leaves both sides.
  lock = {2, 0, 0, 13, 3, 0, 0};
  equal(call(sys_fcntl, fd, 6, &lock), 0);
  FileLocks& locks = *mine->find(static_cast<int>(fd))->inode()->locks;
  RecordLock probe{&locks, 0, LockKind::exclusive, 13, 16};
  check(locks.conflict(probe) == nullptr);
  probe.start = 12;
  check(locks.conflict(probe) != nullptr && locks.conflict(probe)->end == 13);
  lock = {1, 0, 0, -1, 1, 0, 0};
  equal(call(sys_fcntl, fd, 6, &lock), -22);
  // Closing any descriptor of the file ends the process' locks.
  call(sys_close, call(sys_dup, fd));
  probe = {&locks, 0, LockKind::exclusive, 0, 20};
  check(locks.conflict(probe) == nullptr);

  std::int64_t second = call(sys_open, "/tmp/locked", kOpenReadWrite, 0);
  equal(call(sys_flock, fd, 1), 0);
  equal(call(sys_flock, second, 1 | 4), 0);
  equal(call(sys_flock, second, 2 | 4), -11);
  equal(call(sys_flock, fd, 8), 0);
  equal(call(sys_flock, second, 2 | 4), 0);
  equal(call(sys_flock, fd, 2 | 4), -11);
  call(sys_close, second);
  equal(call(sys_flock, fd, 2 | 4), 0);
  call(sys_close, fd);
}
