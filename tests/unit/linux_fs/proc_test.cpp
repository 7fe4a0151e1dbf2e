// SPDX-License-Identifier: Apache-2.0
// /proc and /dev through the system calls.
#include <algorithm>
#include <string>

#include "components/linux/fs/abi.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;

namespace {

std::string contents(const char* path) {
  std::int64_t fd = call(sys_open, path, 0, 0);
  if (fd < 0) return std::to_string(fd);
  std::string text, piece(700, '?');
  for (std::int64_t got = 1; got > 0;) {
    got = call(sys_read, fd, piece.data(), piece.size());
    if (got > 0) text.append(piece, 0, static_cast<std::size_t>(got));
  }
  call(sys_close, fd);
  return text;
}

std::string link(const char* path) {
  std::string text(300, '?');
  std::int64_t got = call(sys_readlink, path, text.data(), text.size());
  return got < 0 ? std::to_string(got) : text.substr(0, static_cast<std::size_t>(got));
}

// Names that getdents gives one at a time.
std::string listing(const char* path) {
  std::int64_t fd = call(sys_open, path, kOpenDirectory, 0);
  std::string names;
  std::array<char, 40> buffer{};
  for (int i = 0; i < 1000; ++i) {
    std::int64_t got = call(sys_getdents64, fd, buffer.data(), buffer.size());
    if (got <= 0) break;
    names.append(std::string(std::span(buffer).subspan(19).data())).append(" ");
  }
  call(sys_close, fd);
  return names;
}

}  // namespace

void proc_tests() {
  equal(link("/proc/self"), "10");
  equal(link("/proc/thread-self"), "10/task/10");
  check(contents("/proc/self/stat").starts_with("10 (sh) R 0 0 0 0 -1 4194304 "));
  std::string stat = contents("/proc/1/stat");
  equal(static_cast<std::int64_t>(std::count(stat.begin(), stat.end(), ' ')), 51);
  equal(contents("/proc/self/comm"), "sh\n");
  equal(contents("/proc/self/cmdline"), std::string_view("sh\0-c", 5));
  equal(contents("/proc/self/status"), "Name:\tsh\n");
  equal(contents("/proc/77/stat"), "-2");
  equal(contents("/proc/self/task/10/comm"), "sh\n");
  equal(contents("/proc/sys/kernel/hostname"), "tessera\n");
  equal(contents("/proc/sys/kernel/ostype"), "Linux\n");
  check(contents("/proc/meminfo").starts_with("MemTotal:          16384 kB\n"));
  check(contents("/proc/meminfo").ends_with("Slab:                  4 kB\nSReclaimable:          1 kB\nSUnreclaim:            3 kB\n"));
  equal(static_cast<std::int64_t>(contents("/proc/sys/kernel/random/uuid").size()), 37);
  check(contents("/proc/sys/kernel/random/uuid") != contents("/proc/sys/kernel/random/uuid"));
  check(contents("/proc/version").starts_with("Linux version 6.1.0-tessera"));
  equal(contents("/proc/loadavg"), "0.00 0.00 0.00 1/1 1\n");
  check(contents("/proc/cpuinfo").starts_with("processor\t: 0\n"));
  check(contents("/proc/mounts").starts_with("tmpfs / tmpfs rw,relatime,size=8192k 0 0\n"));
  check(contents("/proc/mounts").contains("\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n"));
  check(contents("/proc/self/mountinfo").contains(" / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw"));
  check(contents("/proc/self/limits").contains("Max open files            1024                 unlimited "));
  equal(link("/proc/self/cwd"), "/");
  equal(link("/proc/self/exe"), "-2");
  equal(listing("/proc/sys/kernel/random"), ". .. boot_id entropy_avail uuid ");
  equal(listing("/proc/sys"), ". .. fs kernel vm ");
  check(listing("/proc").starts_with(". .. "));
  check(listing("/proc").ends_with(" sys sysvipc mounts self thread-self 1 10 "));
  equal(contents("/proc/sys/vm/overcommit_memory"), "0\n");
  equal(listing("/proc/self/task"), ". .. 10 ");
  check(listing("/proc/self").starts_with(". .. auxv cmdline comm environ "));
  std::array<std::int32_t, 2> ends{};
  call(sys_pipe, ends.data());
  std::string path = "/proc/self/fd/" + std::to_string(ends[0]);
  check(link(path.c_str()).starts_with("pipe:["));
  abi::Stat facts{};
  equal(call(sys_stat, path.c_str(), &facts), 0);
  equal(facts.mode & 0170000, 010000);
  equal(call(sys_lstat, path.c_str(), &facts), 0);
  equal(facts.mode, 0120500);
  check(listing("/proc/self/fd").contains(" " + std::to_string(ends[1]) + " "));
  check(contents(("/proc/self/fdinfo/" + std::to_string(ends[0])).c_str()).starts_with("pos:\t0\nflags:\t00\n"));
  call(sys_close, ends[0]);
  call(sys_close, ends[1]);
  fake::world().credentials.fsuid = 5;
  equal(call(sys_open, "/proc/self/environ", 0, 0), -13);
  fake::world().credentials.fsuid = 0;
  equal(call(sys_mkdir, "/proc/x", 0755), -13);
  equal(call(sys_unlink, "/proc/version"), -1);

  std::array<char, 16> bytes{};
  std::int64_t fd = call(sys_open, "/dev/zero", kOpenReadWrite, 0);
  bytes.fill('x');
  equal(call(sys_read, fd, bytes.data(), bytes.size()), 16);
  check(bytes[15] == 0);
  equal(call(sys_read, fd, nullptr, 4), -14);
  fd = call(sys_open, "/dev/full", kOpenReadWrite, 0);
  equal(call(sys_write, fd, "x", 1), -28);
  fd = call(sys_open, "/dev/null", kOpenReadWrite, 0);
  equal(call(sys_write, fd, "x", 1), 1);
  equal(call(sys_read, fd, bytes.data(), 1), 0);
  fd = call(sys_open, "/dev/urandom", kOpenReadOnly, 0);
  equal(call(sys_read, fd, bytes.data(), bytes.size()), 16);
  equal(call(sys_getrandom, bytes.data(), bytes.size(), 0), 16);
  equal(call(sys_getrandom, nullptr, 4, 0), -14);
  equal(call(sys_getrandom, bytes.data(), 4, 8), -22);
  equal(call(sys_stat, "/dev/tty", &facts), 0);
  equal(static_cast<std::int64_t>(facts.rdev), 0x500);
}
