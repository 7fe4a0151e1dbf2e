// SPDX-License-Identifier: Apache-2.0
// Descriptor tables.
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;

void descriptor_tests() {
  Ref<FileTable> before = fake::world().files;
  fake::world().files = make_ref<FileTable>();
  FileTable& table = *fake::world().files;
  auto open = [](std::uint32_t flags) { return call(sys_open, "/etc/passwd", flags, 0); };
  equal(open(0), 0);
  equal(open(kOpenCloseOnExec), 1);
  equal(open(0), 2);
  equal(call(sys_close, 1), 0);
  equal(call(sys_close, 1), -9);
  equal(call(sys_close, -1), -9);
  equal(open(0), 1);
  equal(call(sys_dup, 0), 3);
  equal(call(sys_dup2, 0, 100), 100);
  equal(call(sys_dup2, 0, 0), 0);
  equal(call(sys_dup2, 50, 50), -9);
  equal(call(sys_dup2, 0, 1024), -9);
  equal(call(sys_dup3, 0, 0, 0), -22);
  equal(call(sys_dup3, 0, 101, kOpenCloseOnExec), 101);
  equal(call(sys_fcntl, 101, 1, 0), 1);
  equal(call(sys_fcntl, 0, 0, 90), 90);
  equal(call(sys_fcntl, 0, 1030, 90), 91);
  equal(call(sys_fcntl, 91, 1, 0), 1);
  equal(call(sys_fcntl, 0, 0, 1024), -22);
  // dup shares the position, open does not.
  std::array<char, 4> bytes{};
  equal(call(sys_read, 0, bytes.data(), 4), 4);
  equal(call(sys_lseek, 3, 0, 1), 4);
  equal(call(sys_lseek, 2, 0, 1), 0);
  equal(call(sys_write, 0, bytes.data(), 1), -9);
  Ref<FileTable> child = table.copy();
  child->close_for_exec();
  check(child->find(101) == nullptr && child->find(91) == nullptr && child->find(100) != nullptr);
  check(table.find(101) != nullptr);
  equal(call(sys_close_range, 2, 95, 0), 0);
  equal(table.next_used(2), 100);
  equal(call(sys_close_range, 5, 2, 0), -22);
  // The limit.
  fake::world().file_limit = 4;
  equal(open(0), 2);
  equal(open(0), 3);
  equal(open(0), -24);
  fake::world().file_limit = 1024;
  // Many, over several words of the bitmap, closed in disorder.
  for (int i = 4; i < 300; ++i) check(open(0) >= 0);
  for (int i = 0; i < 300; i += 3) equal(call(sys_close, i), 0);
  for (int i = 0; i < 300; i += 3) equal(open(0), i);
  // O_PATH names only.
  std::int64_t path = open(kOpenPath);
  equal(call(sys_read, path, bytes.data(), 1), -9);
  check(call(sys_fcntl, path, 3, 0) == kOpenPath + 0100000 || call(sys_fcntl, path, 3, 0) == kOpenPath);
  fake::world().files = before;
}
