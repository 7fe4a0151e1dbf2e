// SPDX-License-Identifier: Apache-2.0
// rename(2)'s rules.
#include "components/linux/fs/abi.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::equal;

void rename_tests() {
  auto make_directory = [](const char* path) { equal(call(sys_mkdir, path, 0755), 0); };
  auto make_file = [](const char* path) { equal(call(sys_mknod, path, 0100644, 0), 0); };
  auto rename = [](const char* from, const char* to) { return call(sys_rename, from, to); };
  make_directory("/tmp/r");
  make_directory("/tmp/r/d1");
  make_directory("/tmp/r/d2");
  make_directory("/tmp/r/d2/in");
  make_file("/tmp/r/f1");
  make_file("/tmp/r/f2");
  equal(rename("/tmp/r/none", "/tmp/r/x"), -2);
  equal(rename("/tmp/r/f1", "/tmp/r/d1"), -21);
  equal(rename("/tmp/r/d1", "/tmp/r/f1"), -20);
  equal(rename("/tmp/r/d1", "/tmp/r/d2"), -39);
  equal(rename("/tmp/r/d1", "/tmp/r/d1/below"), -22);
  equal(rename("/tmp/r/d2/in", "/tmp/r/d2"), -39);
  equal(rename("/tmp/r/f1", "/tmp/r/f2/"), -20);
  equal(rename("/tmp/r/.", "/tmp/r/x"), -16);
  equal(rename("/tmp/r/f1", "/tmp/r/f1"), 0);
  equal(rename("/tmp/r/f1", "/tmp/r/d1/moved"), 0);
  equal(rename("/tmp/r/d1", "/tmp/r/d2/in"), 0);
  abi::Stat stat{};
  equal(call(sys_stat, "/tmp/r/d2/in/moved", &stat), 0);
  equal(call(sys_stat, "/tmp/r/d2/in/..", &stat), 0);
  equal(static_cast<std::int64_t>(stat.links), 3);
  equal(call(sys_stat, "/tmp/r", &stat), 0);
  equal(static_cast<std::int64_t>(stat.links), 3);
  equal(call(sys_renameat2, -100, "/tmp/r/f2", -100, "/tmp/r/d2", 1), -17);
  equal(call(sys_renameat2, -100, "/tmp/r/f2", -100, "/tmp/r/d2", 3), -22);
  equal(call(sys_renameat2, -100, "/tmp/r/f2", -100, "/tmp/r/d2", 8), -22);
  equal(call(sys_renameat2, -100, "/tmp/r/f2", -100, "/tmp/r/d2", 2), 0);
  equal(call(sys_stat, "/tmp/r/f2/in/moved", &stat), 0);
  equal(call(sys_stat, "/tmp/r/d2", &stat), 0);
  equal(stat.mode, 0100644);
  // An open file's name follows it.
  std::int64_t fd = call(sys_open, "/tmp/r/f2/in/moved", 0, 0);
  equal(rename("/tmp/r/f2/in", "/tmp/r/out"), 0);
  std::array<char, 64> text{};
  std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::int64_t length = call(sys_readlink, link.c_str(), text.data(), text.size());
  equal(std::string_view(text.data(), static_cast<std::size_t>(length)), "/tmp/r/out/moved");
  equal(call(sys_unlink, "/tmp/r/out/moved"), 0);
  length = call(sys_readlink, link.c_str(), text.data(), text.size());
  equal(std::string_view(text.data(), static_cast<std::size_t>(length)), "/tmp/r/out/moved (deleted)");
  call(sys_close, fd);
}
