// SPDX-License-Identifier: Apache-2.0
// What fsync says is durable is, though the server that took it was killed before it made it so, and another one said
// that all is.
#include <algorithm>
#include <cstdio>
#include <string>

#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/boot.hpp"
#include "components/linux/fs/disk/disks.hpp"
#include "tests/unit/fs/tools.hpp"
#include "tests/unit/lib/ring/random.hpp"
#include "tests/unit/linux_disk/served_disk.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/index_builder.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;
using tessera::test::Random;
using tessera::test::ServedDisk;

namespace {

constexpr int kReadWrite = 2, kCreate = 0100;
constexpr std::uint64_t kMostBytes = 200'000;

void boot() {
  IndexBuilder builder;
  builder.directory(0, "disk");
  fake::world().root_data = builder.data();
  check(load_root(builder.index()).has_value());
  fake::world().fs = initial_fs_context();
  fake::world().files = make_ref<FileTable>();
}

void mount_disk() { equal(call(sys_mount, "/dev/disk0", "/disk", "ext4", 0, nullptr), 0); }
void unmount_disk() { equal(call(sys_umount2, "/disk", 0), 0); }

// A file, and what is in it.
class Subject {
 public:
  explicit Subject(Random& random) : random_(random) { open(kCreate); }

  void change() {
    switch (random_.below(4)) {
      case 0: return resize(0);
      case 1: return resize(random_.below(kMostBytes));
      default: return write();
    }
  }
  void fsync() { equal(call(sys_fsync, file_), 0); }
  void is_right() {
    abi::Stat found{};
    equal(call(sys_fstat, file_, &found), 0);
    equal(found.size, static_cast<std::int64_t>(expected_.size()));
    std::string read(expected_.size() + 1, '?');
    equal(call(sys_pread64, file_, read.data(), read.size(), 0), static_cast<std::int64_t>(expected_.size()));
    read.resize(expected_.size());
    check(read == expected_);
  }
  // Nothing of it is in the cache afterwards.
  void mount_again() {
    close();
    unmount_disk();
    mount_disk();
    open(0);
  }
  void close() { equal(call(sys_close, file_), 0); }

 private:
  void open(int flags) {
    file_ = call(sys_open, "/disk/subject", kReadWrite | flags, 0644);
    check(file_ >= 0);
  }
  void resize(std::uint64_t bytes) {
    equal(call(sys_ftruncate, file_, bytes), 0);
    expected_.resize(bytes, '\0');
  }
  void write() {
    const std::uint64_t at = random_.below(kMostBytes);
    const std::string data(1 + random_.below(50'000), static_cast<char>('a' + random_.below(26)));
    equal(call(sys_pwrite64, file_, data.data(), data.size(), at), static_cast<std::int64_t>(data.size()));
    expected_.resize(std::max<std::size_t>(expected_.size(), at + data.size()), '\0');
    std::ranges::copy(data, expected_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  Random& random_;
  std::int64_t file_ = -1;
  std::string expected_;
};

// A file that was lost with its server does not become another one, which has its number.
void numbers_are_used_again(ServedDisk& disk) {
  const std::int64_t lost = call(sys_open, "/disk/lost", kReadWrite | kCreate, 0644);
  equal(call(sys_pwrite64, lost, "of the lost", 11, 0), 11);
  abi::Stat first{}, second{};
  equal(call(sys_fstat, lost, &first), 0);
  disk.restart();
  fake::world().now_ns += 12'345'678;  // an inode's generation is of its time
  const std::int64_t next = call(sys_open, "/disk/next", kReadWrite | kCreate, 0644);
  equal(call(sys_fstat, next, &second), 0);
  equal(static_cast<std::int64_t>(second.inode), static_cast<std::int64_t>(first.inode));
  equal(second.size, 0);
  equal(call(sys_pwrite64, next, "of the next", 11, 8192), 11);
  std::string read(4096, '?');
  equal(call(sys_ftruncate, lost, 0), -static_cast<std::int64_t>(Errno::estale));
  equal(call(sys_pread64, next, read.data(), 11, 8192), 11);
  check(read.starts_with("of the next"));
  equal(call(sys_fsync, next), 0);
  equal(call(sys_fsync, lost), -static_cast<std::int64_t>(Errno::estale));
  call(sys_close, lost);
  equal(call(sys_close, next), 0);
  equal(call(sys_unlink, "/disk/next"), 0);
}

}  // namespace

int main() {
  Random random("killed");
  boot();
  ServedDisk disk(tessera::test::make_image("", 32 * 1024));
  add_disk(disk.connect("disk0"));
  mount_disk();
  Subject subject(random);
  equal(call(sys_sync), 0);
  numbers_are_used_again(disk);
  for (int round = 0; round < 400 && fake::failures() == 0; ++round) {
    for (std::uint64_t changes = 1 + random.below(4); changes != 0; --changes) {
      subject.change();
      // The server has some of it, or all, and nobody has said that it be durable.
      if (random.one_in(3)) write_back_disks();
    }
    if (random.one_in(2)) disk.restart();
    else disk.restart_after(1 + random.below(60));
    if (random.one_in(2)) subject.is_right();
    subject.fsync();
    disk.restart_after(0);
    disk.restart();
    subject.is_right();
    if (random.one_in(4)) subject.mount_again();
    subject.is_right();
    if (fake::failures() != 0) std::printf("in round %d\n", round);
  }
  subject.close();
  unmount_disk();
  const std::string found = tessera::test::check_image(disk.image());
  if (!found.empty()) std::printf("the checker: %s\n", found.c_str());
  check(found.empty());
  check(disk.restarts() > 400);
  std::printf("%zu restarts of the server, %d failures\n", disk.restarts(), fake::failures());
  return fake::failures() == 0 ? 0 : 1;
}
