// SPDX-License-Identifier: Apache-2.0
// Pseudo-terminals through the system calls.
#include <string>

#include "components/linux/fs/abi.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;

void pty_tests() {
  fake::world().terminal = nullptr;
  std::int64_t master = call(sys_open, "/dev/ptmx", kOpenReadWrite | kOpenNonBlock, 0);
  check(master >= 0);
  std::uint32_t number = 99;
  equal(call(sys_ioctl, master, 0x80045430, &number), 0);
  equal(number, 0);
  equal(call(sys_open, "/dev/pts/0", kOpenReadWrite, 0), -5);  // locked
  std::int32_t unlock = 0;
  equal(call(sys_ioctl, master, 0x40045431, &unlock), 0);
  std::int64_t slave = call(sys_open, "/dev/pts/0", kOpenReadWrite | kOpenNonBlock, 0);
  check(slave >= 0);
  check(static_cast<bool>(fake::world().terminal));  // a session leader's first terminal
  std::int64_t again = call(sys_open, "/dev/tty", kOpenReadWrite, 0);
  check(again >= 0);
  call(sys_close, again);
  std::array<char, 100> in{};
  equal(call(sys_read, master, in.data(), in.size()), -11);
  equal(call(sys_write, master, "ab\r", 3), 3);
  equal(call(sys_read, slave, in.data(), in.size()), 3);
  equal(std::string_view(in.data(), 3), "ab\n");
  equal(call(sys_read, master, in.data(), in.size()), 4);
  equal(std::string_view(in.data(), 4), "ab\r\n");
  equal(call(sys_write, slave, "x\n", 2), 2);
  equal(call(sys_read, master, in.data(), in.size()), 3);
  abi::WindowSize window{30, 100, 0, 0};
  equal(call(sys_ioctl, master, 0x5414, &window), 0);
  window = {};
  equal(call(sys_ioctl, slave, 0x5413, &window), 0);
  equal(window.columns, 100);
  abi::PollDescriptor item{static_cast<std::int32_t>(master), 1, 0};
  equal(call(sys_poll, &item, 1, 0), 0);
  call(sys_close, slave);
  equal(call(sys_poll, &item, 1, 0), 1);
  equal(item.returned, 0x10);
  equal(call(sys_read, master, in.data(), in.size()), -5);
  slave = call(sys_open, "/dev/pts/0", kOpenReadWrite, 0);
  fake::world().signals.clear();
  call(sys_close, master);
  check(!fake::world().signals.empty() && fake::world().signals.front() == fake::Signal{10, 1});
  equal(call(sys_read, slave, in.data(), in.size()), 0);
  equal(call(sys_write, slave, "x", 1), -5);
  call(sys_close, slave);
  abi::Stat stat{};
  equal(call(sys_stat, "/dev/pts/0", &stat), -2);
  check(!fake::world().terminal);
  equal(call(sys_open, "/dev/tty", kOpenReadWrite, 0), -6);
}
