// SPDX-License-Identifier: Apache-2.0
// tmpfs: contents, holes, truncation, directories, times, what is given back.
#include <cstring>
#include <string>
#include <vector>

#include "components/linux/core/frames.hpp"
#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/tmpfs.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;

namespace {

std::int64_t create(const char* path) { return call(sys_open, path, kOpenCreate | kOpenReadWrite | kOpenTruncate, 0644); }

abi::Stat stat_of(const char* path) {
  abi::Stat stat{};
  equal(call(sys_stat, path, &stat), 0);
  return stat;
}

void contents() {
  std::size_t before = fake::frames_in_use();
  std::int64_t fd = create("/tmp/f");
  std::string text = "hello";
  equal(call(sys_write, fd, text.data(), 5), 5);
  equal(call(sys_lseek, fd, 10'000, 0), 10'000);
  equal(call(sys_write, fd, text.data(), 5), 5);
  equal(stat_of("/tmp/f").size, 10'005);
  equal(stat_of("/tmp/f").blocks, 16);  // the hole in between has none
  std::string read(10'005, '?');
  equal(call(sys_pread64, fd, read.data(), 20'000, 0), 10'005);
  equal(read.substr(0, 6), std::string_view("hello\0", 6));
  check(read.find_first_not_of('\0', 5) == 10'000);
  // Shrinking and growing again shows zeros, not old contents.
  equal(call(sys_ftruncate, fd, 3), 0);
  equal(call(sys_ftruncate, fd, 6), 0);
  equal(call(sys_pread64, fd, read.data(), 10, 0), 6);
  equal(read.substr(0, 6), std::string_view("hel\0\0\0", 6));
  equal(call(sys_lseek, fd, -1, 0), -22);
  equal(call(sys_lseek, fd, 1, 2), 7);
  equal(call(sys_lseek, fd, 0, 4), 6);  // SEEK_HOLE: behind the end
  equal(call(sys_pread64, fd, nullptr, 4, 0), -14);
  equal(call(sys_pwrite64, fd, nullptr, 4, 0), -14);
  equal(call(sys_pwrite64, fd, text.data(), 1, -1), -22);
  equal(call(sys_fallocate, fd, 0, 0, 100'000), 0);
  equal(stat_of("/tmp/f").size, 100'000);
  equal(call(sys_fallocate, fd, 3, 0, 100'000), 0);
  equal(stat_of("/tmp/f").blocks, 8);  // the last page is cleared, not given up: the range ends within it
  equal(call(sys_fallocate, fd, 0, 0, std::int64_t{1} << 40), -28);
  // Unlinked while open: it lives on, and its pages go with the last close.
  equal(call(sys_write, fd, text.data(), 5), 5);
  equal(call(sys_unlink, "/tmp/f"), 0);
  equal(call(sys_pread64, fd, read.data(), 1, 7), 1);
  call(sys_close, fd);
  equal(static_cast<std::int64_t>(fake::frames_in_use()), static_cast<std::int64_t>(before));
}

void bundle_files() {
  // Read where they lie, copied on the first write, page by page.
  std::size_t before = fake::frames_in_use();
  std::int64_t fd = call(sys_open, "/bin/sh", kOpenReadWrite, 0);
  std::string read(10'000, '?');
  equal(call(sys_read, fd, read.data(), 10'000), 10'000);
  check(read == std::string(10'000, 'B'));
  equal(static_cast<std::int64_t>(fake::frames_in_use() - before), 0);
  equal(call(sys_pwrite64, fd, "x", 1, 5000), 1);
  equal(static_cast<std::int64_t>(fake::frames_in_use() - before), 1);
  equal(call(sys_pread64, fd, read.data(), 3, 4999), 3);
  equal(read.substr(0, 3), "BxB");
  check(fake::world().root_data[5000] == std::byte{'B'});
  equal(call(sys_ftruncate, fd, 100), 0);
  equal(call(sys_ftruncate, fd, 10'000), 0);
  equal(call(sys_pread64, fd, read.data(), 10'000, 0), 10'000);
  check(read.substr(0, 100) == std::string(100, 'B') && read.find_first_not_of('\0', 100) == std::string::npos);
  equal(stat_of("/bin/busybox").size, 10'000);
  call(sys_close, fd);
}

void pages() {
  std::int64_t fd = create("/tmp/p");
  equal(call(sys_ftruncate, fd, 8192), 0);
  Ref<Inode> inode = fake::world().files->find(static_cast<int>(fd))->inode();
  auto hole = inode->page(1, false);
  check(hole.has_value());
  equal(call(sys_pwrite64, fd, "q", 1, 4096), 1);
  check(frame_bytes(*hole)[0] == std::byte{'q'});
  check(inode->page(1, true) == hole);
  check(!inode->page(2, false) && inode->page(2, false).error() == Errno::efault);
  // What a mapping wrote behind the end is no part of the file when it grows (POSIX' mmap).
  equal(call(sys_ftruncate, fd, 4100), 0);
  frame_bytes(*inode->page(1, true))[10] = std::byte{'m'};
  equal(call(sys_ftruncate, fd, 4120), 0);
  check(frame_bytes(*inode->page(1, false))[10] == std::byte{0});
  frame_bytes(*inode->page(1, true))[30] = std::byte{'m'};
  equal(call(sys_pwrite64, fd, "q", 1, 4200), 1);
  check(frame_bytes(*inode->page(1, false))[30] == std::byte{0});
  call(sys_close, fd);
}

std::vector<std::string> names_in(const char* path, std::size_t buffer_bytes) {
  std::vector<std::string> names;
  std::int64_t fd = call(sys_open, path, kOpenDirectory, 0);
  std::vector<char> buffer(buffer_bytes);
  while (true) {
    std::int64_t got = call(sys_getdents64, fd, buffer.data(), buffer.size());
    if (got <= 0) {
      equal(got, 0);
      break;
    }
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      abi::DirectoryEntry64 head{};
      std::span<char> record = std::span(buffer).subspan(at);
      std::memcpy(&head, record.data(), sizeof(head));
      names.emplace_back(record.subspan(sizeof(head)).data());
      at += head.bytes;
    }
  }
  call(sys_close, fd);
  return names;
}

void directories() {
  equal(call(sys_mkdir, "/tmp/d", 0755), 0);
  for (int i = 0; i < 500; ++i) call(sys_close, create(("/tmp/d/file" + std::to_string(i)).c_str()));
  auto names = names_in("/tmp/d", 300);
  equal(static_cast<std::int64_t>(names.size()), 502);
  equal(names.at(0), ".");
  equal(names.at(1), "..");
  equal(names.at(2), "file0");
  equal(static_cast<std::int64_t>(stat_of("/tmp/d").links), 2);
  // Removing while reading skips nothing and repeats nothing.
  std::int64_t fd = call(sys_open, "/tmp/d", kOpenDirectory, 0);
  std::array<char, 64> buffer{};
  equal(call(sys_getdents64, fd, buffer.data(), 10), -22);
  check(call(sys_getdents64, fd, buffer.data(), buffer.size()) > 0);
  for (int i = 0; i < 500; i += 2) equal(call(sys_unlink, ("/tmp/d/file" + std::to_string(i)).c_str()), 0);
  std::size_t seen = 0;
  while (call(sys_getdents64, fd, buffer.data(), 48) > 0) ++seen;
  equal(static_cast<std::int64_t>(seen), 250);
  call(sys_close, fd);
  equal(call(sys_rmdir, "/tmp/d"), -39);
  for (int i = 1; i < 500; i += 2) equal(call(sys_unlink, ("/tmp/d/file" + std::to_string(i)).c_str()), 0);
  equal(call(sys_mkdir, "/tmp/d/sub", 0755), 0);
  equal(static_cast<std::int64_t>(stat_of("/tmp/d").links), 3);
  equal(call(sys_unlink, "/tmp/d/sub"), -21);
  equal(call(sys_rmdir, "/tmp/d/sub"), 0);
  equal(call(sys_rmdir, "/tmp/d/."), -22);
  equal(call(sys_rmdir, "/tmp/d/.."), -39);
  equal(call(sys_rmdir, "/tmp/d/"), 0);
}

void links_and_times() {
  std::int64_t fd = create("/tmp/a");
  equal(call(sys_link, "/tmp/a", "/tmp/b"), 0);
  equal(call(sys_link, "/tmp/a", "/tmp/b"), -17);
  equal(call(sys_link, "/tmp", "/tmp/c"), -1);
  equal(static_cast<std::int64_t>(stat_of("/tmp/b").links), 2);
  equal(call(sys_unlink, "/tmp/a"), 0);
  equal(static_cast<std::int64_t>(stat_of("/tmp/b").links), 1);
  fake::world().now_ns += 5'000'000'000;
  std::int64_t modified = stat_of("/tmp/b").modified;
  equal(call(sys_pwrite64, fd, "x", 1, 0), 1);
  equal(stat_of("/tmp/b").modified - modified, 5);
  std::array<abi::TimeSpec, 2> times{{{100, 7}, {0, 0x3ffffffe}}};
  equal(call(sys_utimensat, -100, "/tmp/b", times.data(), 0), 0);
  equal(stat_of("/tmp/b").accessed, 100);
  equal(stat_of("/tmp/b").modified - modified, 5);
  times[0].nanoseconds = 1'000'000'000;
  equal(call(sys_utimensat, -100, "/tmp/b", times.data(), 0), -22);
  // relatime: older than the last change, so the read sets it.
  std::array<char, 1> byte{};
  equal(call(sys_pread64, fd, byte.data(), 1, 0), 1);
  check(stat_of("/tmp/b").accessed > 100);
  call(sys_close, fd);
  equal(call(sys_chmod, "/tmp/b", 04755), 0);
  equal(call(sys_chown, "/tmp/b", 5, 6), 0);
  equal(stat_of("/tmp/b").mode, 0100755);
  fd = call(sys_open, "/tmp", kOpenTemporary | kOpenReadWrite, 0600);
  check(fd >= 0);
  std::string proc = "/proc/self/fd/" + std::to_string(fd);
  equal(call(sys_linkat, -100, proc.c_str(), -100, "/tmp/named", 0x400), 0);
  equal(static_cast<std::int64_t>(stat_of("/tmp/named").links), 1);
  call(sys_close, fd);
}

void sending() {
  std::int64_t in = create("/tmp/in"), out = create("/tmp/out");
  std::string data(10'000, 'z');
  equal(call(sys_write, in, data.data(), data.size()), 10'000);
  std::int64_t offset = 100;
  equal(call(sys_sendfile, out, in, &offset, 100'000), 9'900);
  equal(offset, 10'000);
  equal(stat_of("/tmp/out").size, 9'900);
  equal(call(sys_lseek, in, 0, 0), 0);
  equal(call(sys_copy_file_range, in, nullptr, out, nullptr, 5000, 0), 5000);
  equal(stat_of("/tmp/out").size, 14'900);
  call(sys_close, in);
  call(sys_close, out);
}

}  // namespace

void tmpfs_tests() {
  contents();
  bundle_files();
  pages();
  directories();
  links_and_times();
  sending();
}
