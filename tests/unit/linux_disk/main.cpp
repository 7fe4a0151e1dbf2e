// SPDX-License-Identifier: Apache-2.0
// System calls on a disk's file system and on a tmpfs, side by side: what one answers the other does. The server
// of the disk is killed now and then, and at the end e2fsck finds nothing. With the argument "fat" the disk's is a FAT32,
// whose files are asked for in upper and lower case, and which has no links, modes and extended attributes.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/boot.hpp"
#include "components/linux/fs/disk/disks.hpp"
#include "components/linux/fs/disk/page_cache.hpp"
#include "components/linux/fs/file_system.hpp"
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
constexpr std::size_t kFileBytes = 700'000;

const std::string kDisk = "/disk", kMemory = "/memory";
bool on_fat = false;

// The name below one of the two; on FAT in any case.
std::string on(const std::string& root, std::string name) {
  static Random random("case");
  if (on_fat && root == kDisk && random.one_in(2)) std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return root + name;
}

void boot() {
  IndexBuilder builder;
  builder.directory(0, "disk");
  builder.directory(0, "memory");
  fake::world().root_data = builder.data();
  check(load_root(builder.index()).has_value());
  fake::world().fs = initial_fs_context();
  fake::world().files = make_ref<FileTable>();
}

ServedDisk* served = nullptr;
// In the next call that asks the server for one change at most it is killed after so many turns; 0: not.
std::size_t kill_after = 0;
// Before that call it breaks the rules of its channel.
bool scribble = false;

// The same call on both: what it answers, which must be the same. What a server answered and did not make durable
// is lost with it: everything is, before it is killed.
template <typename Call>
std::int64_t both(const char* what, Call one, bool may_kill = false) {
  if (may_kill && kill_after != 0) {
    equal(call(sys_sync), 0);
    served->restart_after(std::exchange(kill_after, 0));
  } else if (may_kill && std::exchange(scribble, false)) {
    equal(call(sys_sync), 0);
    served->scribble();
  }
  const std::int64_t on_disk = one(kDisk);
  served->restart_after(0);
  const std::int64_t in_memory = one(kMemory);
  if (on_disk != in_memory) std::printf("%s: %lld on the disk, %lld in memory\n", what, static_cast<long long>(on_disk), static_cast<long long>(in_memory));
  check(on_disk == in_memory);
  return in_memory;
}

class Pair {
 public:
  explicit Pair(Random& random) : random_(random) {}

  void step() {
    now();
    switch (random_.below(16)) {
      case 0: case 1: case 2: return write();
      case 3: case 4: return read();
      case 5: return truncate();
      case 6: return punch();
      case 7: return rename();
      case 8: return unlink();
      case 9: return directories();
      case 10: return links();
      case 11: return attributes();
      case 12: return list();
      case 13: return sync();
      case 14: return extended();
      default: return stat(name());
    }
  }
  void stat(const std::string& what) {
    std::array<abi::Stat, 2> found{};
    std::size_t at = 0;
    const auto done = both("lstat", [&](const std::string& root) { return call(sys_lstat, on(root, what).c_str(), &found[at++]); }, true);
    if (done != 0) return;
    const abi::Stat &disk = found.front(), &memory = found.back();
    equal(disk.mode & kTypeMask, memory.mode & kTypeMask);
    if (!on_fat) equal(disk.mode, memory.mode);
    equal(disk.uid, memory.uid);
    equal(static_cast<std::int64_t>(disk.links), static_cast<std::int64_t>(memory.links));
    if ((memory.mode & kTypeMask) == kDirectory) return;
    equal(disk.size, memory.size);
    if (on_fat) return;
    equal(disk.modified, memory.modified);
    equal(disk.modified_ns, memory.modified_ns);
  }

 private:
  void now() { fake::world().now_ns += random_.below(3'000'000'000); }
  std::string name() { return directory() + "/f" + std::to_string(random_.below(12)); }
  std::string directory() { return random_.below(2) == 0 ? "" : "/d" + std::to_string(random_.below(4)); }

  void write() {
    const std::string what = name();
    const std::size_t offset = random_.below(kFileBytes), bytes = 1 + random_.below(30'000);
    const std::string data(bytes, static_cast<char>('a' + random_.below(26)));
    both("write", [&](const std::string& root) {
      const std::int64_t file = call(sys_open, on(root, what).c_str(), kReadWrite | kCreate, 0644);
      if (file < 0) return file;
      const std::int64_t done = call(sys_pwrite64, file, data.data(), bytes, offset);
      call(sys_close, file);
      return done;
    });
  }
  void read() {
    const std::string what = name();
    const std::size_t offset = random_.below(kFileBytes), bytes = 1 + random_.below(100'000);
    std::array<std::string, 2> data{std::string(bytes, '?'), std::string(bytes, '?')};
    std::size_t at = 0;
    both("read", [&](const std::string& root) {
      std::string& into = data[at++];
      const std::int64_t file = call(sys_open, on(root, what).c_str(), 0, 0);
      if (file < 0) return file;
      const std::int64_t done = call(sys_pread64, file, into.data(), bytes, offset);
      call(sys_close, file);
      return done;
    }, true);
    check(data.front() == data.back());
  }
  void truncate() {
    const std::string what = name();
    const std::uint64_t size = random_.below(kFileBytes);
    both("truncate", [&](const std::string& root) { return call(sys_truncate, on(root, what).c_str(), size); });
  }
  void punch() {
    if (on_fat) return;
    const std::string what = name();
    const std::uint64_t offset = random_.below(kFileBytes), bytes = 1 + random_.below(60'000);
    both("fallocate", [&](const std::string& root) {
      const std::int64_t file = call(sys_open, on(root, what).c_str(), kReadWrite, 0);
      if (file < 0) return file;
      const std::int64_t done = call(sys_fallocate, file, 3, offset, bytes);
      call(sys_close, file);
      return done;
    });
  }
  void rename() {
    const std::string from = random_.below(4) == 0 ? directory() : name(), to = random_.below(4) == 0 ? directory() : name();
    if (from.empty() || to.empty()) return;
    const std::uint64_t flags = random_.below(4) == 0 ? 2 : 0;
    // On FAT it is two requests, and the first one's change would be lost with who was killed in the second.
    both("rename", [&](const std::string& root) { return call(sys_renameat2, -100, on(root, from).c_str(), -100, on(root, to).c_str(), flags); }, !on_fat);
    stat(from);
    stat(to);
  }
  // Open files stay.
  void unlink() {
    const std::string what = name();
    const bool open = random_.below(2) == 0;
    std::array<std::string, 2> data;
    std::size_t at = 0;
    both("unlink", [&](const std::string& root) {
      std::string& into = data[at++];
      const std::int64_t file = open ? call(sys_open, on(root, what).c_str(), kReadWrite, 0) : -1;
      const std::int64_t done = call(sys_unlink, on(root, what).c_str());
      served->restart_after(0);
      if (file >= 0) {
        into.resize(5000);
        call(sys_pwrite64, file, "still here", 10, 100);
        into.resize(static_cast<std::size_t>(std::max<std::int64_t>(call(sys_pread64, file, into.data(), into.size(), 0), 0)));
        call(sys_close, file);
      }
      return done;
    }, true);
    check(data.front() == data.back());
  }
  void directories() {
    const std::string what = "/d" + std::to_string(random_.below(4));
    if (random_.below(2) == 0) both("mkdir", [&](const std::string& root) { return call(sys_mkdir, on(root, what).c_str(), 0750); }, true);
    else both("rmdir", [&](const std::string& root) { return call(sys_rmdir, on(root, what).c_str()); }, true);
  }
  void links() {
    if (on_fat) return;
    const std::string from = name(), to = name();
    if (random_.below(2) == 0) {
      both("link", [&](const std::string& root) { return call(sys_link, on(root, from).c_str(), on(root, to).c_str()); }, true);
    } else {
      const std::string target(1 + random_.below(300), 'x');
      both("symlink", [&](const std::string& root) { return call(sys_symlink, target.c_str(), on(root, to).c_str()); }, true);
      std::array<std::string, 2> read{std::string(400, '?'), std::string(400, '?')};
      std::size_t at = 0;
      both("readlink", [&](const std::string& root) {
        std::string& into = read[at++];
        return call(sys_readlink, on(root, to).c_str(), into.data(), into.size());
      }, true);
      check(read.front() == read.back());
    }
    stat(to);
  }
  void attributes() {
    if (on_fat) return;
    const std::string what = name();
    const std::uint32_t mode = static_cast<std::uint32_t>(random_.below(01000)), uid = static_cast<std::uint32_t>(random_.below(70'000));
    both("chmod", [&](const std::string& root) { return call(sys_chmod, on(root, what).c_str(), mode); });
    both("chown", [&](const std::string& root) { return call(sys_lchown, on(root, what).c_str(), uid, 7); });
    stat(what);
  }
  void list() {
    const std::string what = directory();
    std::array<std::map<std::string, int>, 2> found;
    std::size_t at = 0;
    both("getdents", [&](const std::string& root) {
      auto& into = found[at++];
      const std::int64_t file = call(sys_open, on(root, what).c_str(), 0, 0);
      if (file < 0) return file;
      std::vector<char> entries(600 + random_.below(2000));
      for (;;) {
        const std::int64_t bytes = call(sys_getdents64, file, entries.data(), entries.size());
        if (bytes <= 0) break;
        for (std::size_t place = 0; place < static_cast<std::size_t>(bytes);) {
          std::uint16_t length = 0;
          std::memcpy(&length, &entries[place + 16], sizeof length);
          std::string name(&entries[place + 19]);
          if (on_fat) std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
          if (name != "lost+found") into[name] += entries[place + 18];
          place += length;
        }
      }
      call(sys_close, file);
      return std::int64_t{0};
    }, true);
    check(found.front() == found.back());
    if (found.front() == found.back()) return;
    for (const auto& names : found) {
      std::printf("%s has", what.empty() ? "the root" : what.c_str());
      for (const auto& [name, type] : names) std::printf(" %s:%d", name.c_str(), type);
      std::printf("\n");
    }
  }
  void sync() {
    const std::string what = name();
    both("fsync", [&](const std::string& root) {
      const std::int64_t file = call(sys_open, on(root, what).c_str(), 0, 0);
      if (file < 0) return file;
      const std::int64_t done = call(sys_fsync, file);
      call(sys_close, file);
      return done;
    }, true);
  }
  void extended() {
    if (on_fat) return;
    const std::string what = name(), attribute = "user.a" + std::to_string(random_.below(3));
    const std::string value(random_.below(300), 'v');
    both("setxattr", [&](const std::string& root) {
      return call(sys_lsetxattr, on(root, what).c_str(), attribute.c_str(), value.data(), value.size(), 0);
    }, true);
    std::array<std::string, 2> read{std::string(400, '?'), std::string(400, '?')};
    std::size_t at = 0;
    both("getxattr", [&](const std::string& root) {
      std::string& into = read[at++];
      return call(sys_lgetxattr, on(root, what).c_str(), attribute.c_str(), into.data(), into.size());
    }, true);
    check(read.front() == read.back());
    if (random_.below(3) == 0) both("removexattr", [&](const std::string& root) { return call(sys_lremovexattr, on(root, what).c_str(), attribute.c_str()); }, true);
  }

  Random& random_;
};

void mount_both() {
  equal(call(sys_mount, "none", kMemory.c_str(), "tmpfs", 0, nullptr), 0);
  equal(call(sys_mount, "/dev/disk0", kDisk.c_str(), on_fat ? "vfat" : "ext4", 0, nullptr), 0);
  // A root directory of tmpfs has other rights.
  equal(call(sys_chmod, kMemory.c_str(), 0755), 0);
  if (!on_fat) equal(call(sys_mkdir, (kMemory + "/lost+found").c_str(), 0700), 0);
}

}  // namespace

int main(int count, char**) {
  on_fat = count > 1;
  Random random("linux_disk");
  boot();
  ServedDisk disk(on_fat ? tessera::test::make_fat("-F 32 -s 2", 80 * 1024) : tessera::test::make_image("", 32 * 1024));
  served = &disk;
  add_disk(disk.connect("disk0"));
  mount_both();
  Pair pair(random);
  for (int step = 0; step < 3000; ++step) {
    if (random.below(8) == 0) kill_after = 1 + random.below(25);
    scribble = random.below(50) == 0;
    pair.step();
    if (random.below(200) == 0) write_back_disks();
    if (fake::failures() != 0) {
      std::printf("in step %d\n", step);
      return 1;
    }
  }
  equal(call(sys_umount2, kDisk.c_str(), 0), 0);
  const std::string found = on_fat ? tessera::test::crashed_fat_complaints(disk.image()) : tessera::test::check_image(disk.image());
  if (!found.empty()) std::printf("the checker: %s\n", found.c_str());
  check(found.empty());
  check(disk.restarts() > 5);
  check(disk.complaints() > 5);
  std::printf("%zu restarts of the server, %zu after complaints, %llu pages cached\n", disk.restarts(), disk.complaints(), static_cast<unsigned long long>(page_cache().cached()));
  for (const std::string& line : fake::world().log) std::printf("log: %s\n", line.c_str());
  std::printf("%d failures\n", fake::failures());
  return fake::failures() == 0 ? 0 : 1;
}
