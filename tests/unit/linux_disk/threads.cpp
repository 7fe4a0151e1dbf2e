// SPDX-License-Identifier: Apache-2.0
// Several threads at one disk: who waits for it keeps nobody from going on, and whatever they do to one file at the
// same time, each finds what a model says. The server is killed now and then.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "components/linux/fs/boot.hpp"
#include "components/linux/fs/disk/disks.hpp"
#include "components/linux/fs/disk/page_cache.hpp"
#include "components/linux/fs/file_system.hpp"
#include "tests/unit/fs/tools.hpp"
#include "tests/unit/lib/ring/random.hpp"
#include "tests/unit/linux_disk/served_disk.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/fake_threads.hpp"
#include "tests/unit/linux_fs/index_builder.hpp"

using namespace tessera::lx;
using fake::call;
using fake::check;
using fake::equal;
using tessera::test::Random;
using tessera::test::ServedDisk;

namespace {

constexpr int kReadWrite = 2, kCreate = 0100, kDirect = static_cast<int>(kOpenDirect);
constexpr std::size_t kPages = 96, kThreads = 6;
const std::string kFile = "/disk/file";

void boot() {
  IndexBuilder builder;
  builder.directory(0, "disk");
  builder.directory(0, "memory");
  fake::world().root_data = builder.data();
  check(load_root(builder.index()).has_value());
  fake::world().fs = initial_fs_context();
  fake::world().files = make_ref<FileTable>();
}

std::int64_t open_file(int flags) { return call(sys_open, kFile.c_str(), flags, 0644); }
void mount() { equal(call(sys_mount, "/dev/disk0", "/disk", "ext4", 0, nullptr), 0); }
void unmount() { equal(call(sys_umount2, "/disk", 0), 0); }

struct alignas(kPageBytes) PageData : std::array<std::uint64_t, kPageBytes / 8> {};

// The answer is held back for as long as others have not done something else: who waits for it with the big lock
// would wait for ever (run_threads says so).
void nobody_waits_for_the_patient(ServedDisk& disk, Random& random) {
  const auto waits_aside = [&](const char* what, std::function<void(std::int64_t)> slow) {
    const std::int64_t file = open_file(kReadWrite);
    std::printf("%s\n", what);
    bool waits = false, done = false;
    disk.hold_answers(true);
    fake::run_threads({[&] {
                         waits = true;
                         slow(file);
                         done = true;
                       },
                       [&] {
                         {
                           const Aside aside(Hold::leave);
                           fake::give_way([&] { return waits; });
                         }
                         const std::int64_t other = call(sys_open, "/memory/file", kReadWrite | kCreate, 0644);
                         equal(call(sys_pwrite64, other, "hello", 5, 0), 5);
                         call(sys_close, other);
                         if (done) std::printf("%s did not wait at all\n", what);
                         check(!done);
                         disk.hold_answers(false);
                       }},
                      [&](std::size_t below) { return std::size_t{random.below(below)}; });
    check(done);
    call(sys_close, file);
  };
  const auto cold = [&] {
    unmount();
    mount();
  };
  std::string data(3 * kPageBytes, '?');
  cold();
  waits_aside("pread", [&](std::int64_t file) { equal(call(sys_pread64, file, data.data(), data.size(), 4096), 3 * 4096); });
  cold();
  waits_aside("read", [&](std::int64_t file) { equal(call(sys_read, file, data.data(), 10), 10); });
  cold();
  waits_aside("pwrite of a part of a page", [&](std::int64_t file) { equal(call(sys_pwrite64, file, data.data(), 10, 5000), 10); });
  waits_aside("fsync", [&](std::int64_t file) { equal(call(sys_fsync, file), 0); });
  waits_aside("fdatasync", [&](std::int64_t file) {
    equal(call(sys_pwrite64, file, data.data(), 4096, 4096), 4096);
    equal(call(sys_fdatasync, file), 0);
  });
  waits_aside("sync", [&](std::int64_t file) {
    equal(call(sys_pwrite64, file, data.data(), 4096, 4096), 4096);
    equal(call(sys_sync), 0);
  });
  waits_aside("writing back", [&](std::int64_t file) {
    equal(call(sys_pwrite64, file, data.data(), 4096, 4096), 4096);
    write_back_disks();
  });
  PageData page;
  waits_aside("a direct read", [&](std::int64_t) {
    const std::int64_t direct = open_file(kReadWrite | kDirect);
    equal(call(sys_pread64, direct, page.data(), kPageBytes, 8192), 4096);
    call(sys_close, direct);
  });
  waits_aside("a direct write", [&](std::int64_t) {
    const std::int64_t direct = open_file(kReadWrite | kDirect);
    equal(call(sys_pwrite64, direct, page.data(), kPageBytes, 8192), 4096);
    call(sys_close, direct);
  });
}

// Versions of each page, which only one thread writes: what another one reads is no older than what was there when it
// began, and no newer than what was begun when it ended.
class Model {
 public:
  explicit Model(Random& random) : random_(random) {}

  // `steady`: the file's blocks stay as they are: a server that is killed may forget what became of them.
  void run(std::size_t steps, bool steady) {
    steady_ = steady;
    std::vector<std::function<void()>> bodies;
    for (std::size_t thread = 0; thread < kThreads; ++thread) bodies.emplace_back([this, thread, steps] { act(thread, steps); });
    fake::run_threads(std::move(bodies), [this](std::size_t below) { return std::size_t{random_.below(below)}; });
  }
  // All of the file has its place on the disk.
  void fill() {
    const std::int64_t file = open_file(kReadWrite);
    for (std::size_t page = 0; page < kPages; ++page) write_page(file, page);
    call(sys_close, file);
  }
  // Nobody does anything: the file has the newest version of each page.
  void check_all(int flags) {
    const std::int64_t file = open_file(flags);
    for (std::size_t page = 0; page < kPages; ++page) expect(file, page, 0);
    call(sys_close, file);
  }

 private:
  static constexpr std::size_t kTail = kPages * 3 / 4;  // pages that may be cut off, all thread 0's
  static std::size_t owner(std::size_t page) { return page >= kTail ? 0 : page % kThreads; }
  static std::uint64_t stamp(std::size_t page, std::uint64_t version) { return version == 0 ? 0 : page << 32 | version; }

  void act(std::size_t thread, std::size_t steps) {
    const std::int64_t cached = open_file(kReadWrite), direct = open_file(kReadWrite | kDirect);
    check(cached >= 0 && direct >= 0);
    for (std::size_t step = 0; step < steps && fake::failures() == 0; ++step) {
      const std::int64_t file = random_.below(4) == 0 ? direct : cached;
      switch (random_.below(12)) {
        case 0: case 1: case 2: case 3: read(file, thread); break;
        case 4: case 5: case 6: write(file, thread); break;
        case 7: map_write(cached, thread); break;
        case 8: map_read(cached); break;
        case 9: thread == 0 && !steady_ ? truncate(cached) : read(file, thread); break;
        case 10: call(sys_fsync, file); break;
        default:
          if (random_.below(4) == 0) write_back_disks();
          else if (random_.below(6) == 0) equal(call(sys_sync), 0);
          else if (random_.below(3) == 0) (void)call(sys_fadvise64, file, 0, 0, 4);
          break;
      }
    }
    call(sys_close, cached);
    call(sys_close, direct);
  }
  std::size_t any_page() { return random_.below(kPages); }
  std::size_t own_page(std::size_t thread) {
    for (;;)
      if (const std::size_t page = any_page(); owner(page) == thread) return page;
  }

  void write(std::int64_t file, std::size_t thread) {
    const std::size_t page = own_page(thread);
    if (page * kPageBytes <= size_) write_page(file, page);  // holes are another test's
  }
  void write_page(std::int64_t file, std::size_t page) {
    PageData data;
    const std::uint64_t version = ++begun_[page];
    data.fill(stamp(page, version));
    equal(call(sys_pwrite64, file, data.data(), kPageBytes, page * kPageBytes), kPageBytes);
    done_[page] = version;
    size_ = std::max(size_, (page + 1) * kPageBytes);
  }
  void read(std::int64_t file, std::size_t thread) { expect(file, any_page(), thread); }
  void expect(std::int64_t file, std::size_t page, std::size_t thread) {
    const std::uint64_t oldest = done_[page];
    PageData data;
    data.fill(~std::uint64_t{0});
    const std::int64_t got = call(sys_pread64, file, data.data(), kPageBytes, page * kPageBytes);
    // Of the tail another thread may find less.
    if (page >= kTail && thread != 0) return check(got >= 0);
    if (page * kPageBytes >= size_) return equal(got, 0);
    equal(got, kPageBytes);
    check_version(data, page, oldest);
  }
  void check_version(const PageData& data, std::size_t page, std::uint64_t oldest) {
    const std::uint64_t found = data.front();
    for (const std::uint64_t word : data) check(word == found);
    const bool fits = found == 0 ? oldest == 0 : found >> 32 == page && (found & 0xffffffff) >= oldest && (found & 0xffffffff) <= begun_[page];
    if (!fits) std::printf("page %zu: version %llx, done before %llu, begun %llu\n", page, static_cast<unsigned long long>(found),
                           static_cast<unsigned long long>(oldest), static_cast<unsigned long long>(begun_[page]));
    check(fits);
  }
  // As a fault does it, and the store behind it.
  void map_write(std::int64_t file, std::size_t thread) {
    const std::size_t page = own_page(thread);
    if ((page + 1) * kPageBytes > size_) return;
    const Ref<Inode> inode = (*file_at(static_cast<std::uint64_t>(file)))->inode();
    inode->prepare_read(page * kPageBytes, kPageBytes);
    const auto frame = inode->page(page, true);
    check(frame.has_value());
    if (!frame) return;
    PageData data;
    const std::uint64_t version = ++begun_[page];
    data.fill(stamp(page, version));
    std::memcpy(frame_bytes(*frame).data(), data.data(), kPageBytes);
    done_[page] = version;
  }
  void map_read(std::int64_t file) {
    const std::size_t page = random_.below(kTail);
    const Ref<Inode> inode = (*file_at(static_cast<std::uint64_t>(file)))->inode();
    inode->prepare_read(page * kPageBytes, kPageBytes);
    const std::uint64_t oldest = done_[page];
    const auto frame = inode->page(page, false);
    check(frame.has_value());
    if (!frame) return;
    PageData data;
    std::memcpy(data.data(), frame_bytes(*frame).data(), kPageBytes);
    check_version(data, page, oldest);
  }
  void truncate(std::int64_t file) {
    const std::size_t pages = kTail + random_.below(kPages - kTail + 1);
    for (std::size_t page = pages; page < kPages; ++page) done_[page] = begun_[page] = 0;
    equal(call(sys_ftruncate, file, pages * kPageBytes), 0);
    size_ = pages * kPageBytes;
  }

  Random& random_;
  bool steady_ = false;
  std::array<std::uint64_t, kPages> begun_{}, done_{};
  std::size_t size_ = kPages * kPageBytes;  // the file is there, all zeros
};

}  // namespace

int main() {
  std::setvbuf(stdout, nullptr, _IONBF, 0);  // also of a run that ends badly
  Random random("linux_disk_threads");
  boot();
  ServedDisk disk(tessera::test::make_image("", 32 * 1024));
  add_disk(disk.connect("disk0"));
  equal(call(sys_mount, "none", "/memory", "tmpfs", 0, nullptr), 0);
  mount();
  const std::int64_t file = open_file(kReadWrite | kCreate);
  const std::string zeros(kPages * kPageBytes, '\0');
  equal(call(sys_pwrite64, file, zeros.data(), zeros.size(), 0), static_cast<std::int64_t>(zeros.size()));
  call(sys_close, file);
  nobody_waits_for_the_patient(disk, random);
  const std::int64_t again = open_file(kReadWrite);
  equal(call(sys_pwrite64, again, zeros.data(), zeros.size(), 0), static_cast<std::int64_t>(zeros.size()));
  call(sys_close, again);
  Model model(random);
  for (int round = 0; round < 60 && fake::failures() == 0; ++round) {
    // What is durable outlives the server; the rest is asked for again.
    if (round % 2 == 1) model.fill();
    equal(call(sys_sync), 0);
    if (round % 2 == 1) disk.restart_after(1 + random.below(300));
    model.run(60, round % 2 == 1);
    disk.restart_after(0);
    model.check_all(kReadWrite);
    unmount();
    mount();
    model.check_all(round % 3 == 0 ? kReadWrite | kDirect : kReadWrite);
    if (fake::failures() != 0) std::printf("in round %d\n", round);
  }
  unmount();
  const std::string found = tessera::test::check_image(disk.image());
  if (!found.empty()) std::printf("e2fsck: %s\n", found.c_str());
  check(found.empty());
  std::printf("%zu restarts of the server\n", disk.restarts());
  for (const std::string& line : fake::world().log) std::printf("log: %s\n", line.c_str());
  std::printf("%d failures\n", fake::failures());
  return fake::failures() == 0 ? 0 : 1;
}
