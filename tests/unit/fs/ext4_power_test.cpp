// SPDX-License-Identifier: Apache-2.0
// Loss of power at any place of what was written: the journal makes the file system whole again, e2fsck finds
// nothing, and what was answered as durable is there. TESSERA_POWER_CUTS: how many places of each load (12).
#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "components/fs/ext4/ext4.hpp"
#include "components/fs/ext4/layout.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/model.hpp"
#include "tests/unit/fs/tools.hpp"

using namespace tessera;
using namespace tessera::fs;
using test::HostLoop;
using test::ImageDevice;
using test::run;

namespace {

constexpr std::size_t kSector = 512;

unsigned wanted_cuts() {
  const char* const text = std::getenv("TESSERA_POWER_CUTS");
  return text == nullptr ? 12 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

// A file that was durable when so many steps had been recorded.
struct Settled {
  std::size_t step;
  std::string name, contents;
};

struct Recording {
  std::vector<std::byte> start;
  std::vector<ImageDevice::Step> steps;
  std::vector<Settled> settled;
};

// Random operations, and between them files that are written once and made durable.
Recording record(HostLoop& loop, test::Random& random, const std::string& options, unsigned kib, unsigned files_wanted,
                 std::size_t memory) {
  Recording made;
  made.start = test::make_image(options, kib);
  ImageDevice device(loop, made.start, memory);
  device.record();
  auto mounted = run(loop, ext4::mount(device, {}));
  CHECK(mounted.has_value());
  if (!mounted) return made;
  FileSystem& files = **mounted;
  test::Model model(loop, files, random);
  model.allow_full = true;
  model.most_bytes = 60'000;
  for (unsigned i = 0; i < files_wanted && test::failures() == 0; ++i) {
    for (std::uint64_t noise = random.below(12); noise > 0; --noise) (void)model.step();
    const std::string name = "settled" + std::to_string(i);
    const auto file = run(loop, files.create(files.root(), name, {.mode = 0x81a4, .uid = 0, .gid = 0, .device_major = 0, .device_minor = 0, .now = {.seconds = 1'800'000'000}, .target = {}}));
    if (!file) break;
    std::vector<std::byte> data((1 + random.below(40)) * kSector);
    for (std::byte& byte : data) byte = static_cast<std::byte>(random.next());
    const std::span<std::byte> piece(data);
    const std::uint64_t size = data.size() - random.below(kSector);
    if (!run(loop, files.write(file->inode, 0, std::span(&piece, 1), size, {.seconds = 1'800'000'000}))) break;
    const bool all = random.one_in(3);
    CHECK(run(loop, files.sync(all ? 0 : file->inode, !all && random.one_in(2))).has_value());
    made.settled.push_back({.step = device.steps().size(), .name = name, .contents = {reinterpret_cast<const char*>(data.data()), size}});
  }
  if (random.one_in(2)) CHECK(run(loop, files.unmount()).has_value());
  made.steps = device.steps();
  return made;
}

// Many tasks that create, write and make durable at the same time.
struct Crowd {
  FileSystem& files;
  HostLoop& loop;
  ImageDevice& device;
  test::Random& random;
  std::vector<Settled>& settled;

  rt::Task<> work(unsigned number) {
    for (unsigned round = 0; round < 10; ++round) {
      const std::string name = "crowd" + std::to_string(number) + "-" + std::to_string(round);
      const NewInode what{.mode = 0x81a4, .uid = 0, .gid = 0, .device_major = 0, .device_minor = 0, .now = {.seconds = 1'800'000'000}, .target = {}};
      const auto file = co_await files.create(files.root(), name, what);
      if (!file) co_return;
      std::vector<std::byte> data((1 + random.below(60)) * kSector);
      for (std::byte& byte : data) byte = static_cast<std::byte>(random.next());
      const std::span<std::byte> piece(data);
      CHECK((co_await files.write(file->inode, 0, std::span(&piece, 1), data.size(), {.seconds = 1'800'000'000})).has_value());
      if (random.one_in(3)) {  // somebody else's blocks come and go
        CHECK((co_await files.unlink(files.root(), name, false, {.seconds = 1'800'000'000})).has_value());
        continue;
      }
      CHECK((co_await files.sync(file->inode, random.one_in(2))).has_value());
      settled.push_back({.step = device.steps().size(), .name = name, .contents = {reinterpret_cast<const char*>(data.data()), data.size()}});
      for (std::uint64_t turns = random.below(5); turns > 0; --turns) (void)co_await loop.turn();
    }
  }
};

Recording record_crowd(HostLoop& loop, test::Random& random, const std::string& options, unsigned kib, std::size_t memory) {
  Recording made;
  made.start = test::make_image(options, kib);
  ImageDevice device(loop, made.start, memory);
  device.record();
  auto mounted = run(loop, ext4::mount(device, {}));
  CHECK(mounted.has_value());
  if (!mounted) return made;
  Crowd crowd{.files = **mounted, .loop = loop, .device = device, .random = random, .settled = made.settled};
  rt::Scope scope(loop);
  for (unsigned i = 0; i < 12; ++i) scope.spawn(crowd.work(i));
  loop.settle();
  made.steps = device.steps();
  return made;
}

// What the disk may hold when the power goes after `count` steps: what was flushed, what was durable, and of the rest
// any sectors.
std::vector<std::byte> cut(const Recording& recording, std::size_t count, test::Random& random) {
  std::vector<std::byte> image = recording.start;
  std::size_t flushed = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (recording.steps[i].is_flush) flushed = i;
  }
  const std::uint64_t loss = random.below(4);  // nothing, some, much, all of it
  for (std::size_t i = 0; i < count; ++i) {
    const ImageDevice::Step& step = recording.steps[i];
    if (step.is_flush) continue;
    const bool sure = i < flushed || step.write.durable;
    const bool torn = random.one_in(3), lost = random.below(3) < loss;
    for (std::size_t at = 0; at < step.write.bytes.size(); at += kSector) {
      if (!sure && (torn ? random.one_in(2) : lost)) continue;
      std::ranges::copy(std::span(step.write.bytes).subspan(at, kSector), image.begin() + static_cast<std::ptrdiff_t>(step.write.offset + at));
    }
  }
  return image;
}

void check_recovered(HostLoop& loop, const Recording& recording, std::size_t count, std::vector<std::byte> image, const std::string& what) {
  ImageDevice device(loop, std::move(image));
  auto mounted = run(loop, ext4::mount(device, {}));
  if (!mounted) return test::note_failure(__FILE__, __LINE__, what + ": " + std::string(mounted.error().reason));
  FileSystem& files = **mounted;
  for (const Settled& settled : recording.settled) {
    if (settled.step > count) break;
    const auto found = run(loop, files.lookup(files.root(), settled.name));
    if (!found || test::read_all(loop, files, found->inode) != settled.contents) {
      return test::note_failure(__FILE__, __LINE__, what + ": " + settled.name + (found ? " has lost bytes" : " is lost, error " + std::to_string(static_cast<int>(found.error()))));
    }
  }
  CHECK(run(loop, files.unmount()).has_value());
  const std::string wrong = test::check_image(device.image());
  if (!wrong.empty()) test::note_failure(__FILE__, __LINE__, what + ": " + wrong);
}

// The blocks that the replay of debugfs, which is e2fsck's, and ours may leave differently: superblock and journal.
std::set<std::uint64_t> own_blocks(const std::string& path) {
  std::set<std::uint64_t> blocks{0, 1};
  std::istringstream list(test::shell("debugfs -R 'blocks <8>' " + path + " 2>/dev/null | tail -1").output);
  for (std::uint64_t block = 0; list >> block;) blocks.insert(block);
  return blocks;
}

// Where the superblock was cut off in its middle, they look for a copy, and know of no journal.
bool superblock_is_whole(const std::vector<std::byte>& image) {
  const auto super = std::span(image).subspan(1024, 1024);
  const bool sums = (get32(super, ext4::sb::kRoCompat) & ext4::feature::kMetadataChecksum) != 0;
  return !sums || ext4::superblock_checksum(super) == get32(super, ext4::sb::kChecksum);
}

void compare_replays(HostLoop& loop, const std::vector<std::byte>& image, std::size_t block_bytes, const std::string& what) {
  ImageDevice device(loop, image);
  auto mounted = run(loop, ext4::mount(device, {.read_only = true, .clear_orphans = false}));
  if (!mounted) return test::note_failure(__FILE__, __LINE__, what + ": " + std::string(mounted.error().reason));
  const std::string path = test::scratch() + "/replayed.img";
  test::write_file(path, image);
  const std::string said = test::shell("debugfs -n -w -R journal_run " + path).output;
  const std::vector<std::byte> theirs = test::read_file(path);
  const std::set<std::uint64_t> apart = own_blocks(path);
  for (std::size_t at = 0; at < image.size(); at += block_bytes) {
    if (apart.contains(at / block_bytes)) continue;
    if (!std::ranges::equal(std::span(theirs).subspan(at, block_bytes), std::span(device.image()).subspan(at, block_bytes))) {
      return test::note_failure(__FILE__, __LINE__, what + ": block " + std::to_string(at / block_bytes) + " was replayed otherwise: " + said);
    }
  }
}

void power_cuts(const char* name, const std::string& options, unsigned kib, std::size_t block_bytes, bool crowd = false,
                std::size_t memory = ImageDevice::kMemory) {
  test::Random random(name);
  HostLoop loop;
  const Recording recording = crowd ? record_crowd(loop, random, options, kib, memory) : record(loop, random, options, kib, 120, memory);
  std::printf("%zu steps, %zu files\n", recording.steps.size(), recording.settled.size());
  for (unsigned i = 0; i < wanted_cuts() && test::failures() == 0; ++i) {
    const std::size_t count = random.below(recording.steps.size() + 1);
    const std::vector<std::byte> image = cut(recording, count, random);
    const std::string what = "cut after " + std::to_string(count) + " steps";
    if (std::getenv("TESSERA_KEEP") != nullptr) test::write_file(test::scratch() + "/cut.img", image);
    check_recovered(loop, recording, count, image, what);
    if (i % 4 == 0 && superblock_is_whole(image)) compare_replays(loop, image, block_bytes, what);
  }
}

}  // namespace

TEST(power_cuts_with_blocks_of_4_kib) { power_cuts("power cuts, 4 KiB", "-b 4096 -J size=4", 16384, 4096); }
TEST(power_cuts_with_blocks_of_1_kib) { power_cuts("power cuts, 1 KiB", "-b 1024 -J size=1", 8192, 1024); }
TEST(power_cuts_without_checksums) { power_cuts("power cuts, no checksums", "-b 1024 -O ^metadata_csum,^64bit -J size=1", 8192, 1024); }
TEST(power_cuts_with_many_tasks) { power_cuts("power cuts, tasks", "-b 1024 -J size=1", 8192, 1024, true); }
// Home writes and checkpoints all the time.
TEST(power_cuts_with_little_memory) {
  power_cuts("power cuts, little memory", "-b 1024 -J size=1", 8192, 1024, false, 256 * 1024);
  power_cuts("power cuts, tasks with little memory", "-b 1024 -J size=1", 8192, 1024, true, 256 * 1024);
}
