// SPDX-License-Identifier: Apache-2.0
// Loss of power at any place of what was written: the journal makes the file system whole again, e2fsck finds
// nothing, and what was answered as durable is there.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "components/fs/ext4/ext4.hpp"
#include "components/fs/ext4/layout.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/power.hpp"
#include "tests/unit/fs/tools.hpp"

using namespace tessera;
using namespace tessera::fs;
using test::HostLoop;
using test::ImageDevice;
using test::Recording;
using test::run;

namespace {

std::unique_ptr<FileSystem> mount_to_write(HostLoop& loop, ImageDevice& device) {
  auto made = run(loop, ext4::mount(device, {}));
  CHECK(made.has_value());
  return made ? std::move(*made) : nullptr;
}

void check_recovered(HostLoop& loop, const Recording& recording, std::size_t count, std::vector<std::byte> image, const std::string& what) {
  ImageDevice device(loop, std::move(image));
  auto mounted = run(loop, ext4::mount(device, {}));
  if (!mounted) return test::note_failure(__FILE__, __LINE__, what + ": " + std::string(mounted.error().reason));
  FileSystem& files = **mounted;
  const std::string lost = test::lost_file(loop, files, recording, count);
  if (!lost.empty()) return test::note_failure(__FILE__, __LINE__, what + ": " + lost);
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
  const test::Kind kind{.mount = mount_to_write, .abilities = {}};
  auto start = test::make_image(options, kib);
  const Recording recording = crowd ? record_crowd(loop, random, kind, std::move(start), memory) : record(loop, random, kind, std::move(start), 120, memory);
  std::printf("%zu steps, %zu files\n", recording.steps.size(), recording.settled.size());
  for (unsigned i = 0; i < test::wanted_cuts() && test::failures() == 0; ++i) {
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
