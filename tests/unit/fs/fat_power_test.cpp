// SPDX-License-Identifier: Apache-2.0
// Loss of power on FAT, which has no journal: the volume can be mounted, what was answered as durable is there, and
// fsck.fat finds nothing but what FAT cannot avoid.
#include <cstdlib>

#include "components/fs/fat/fat.hpp"
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

std::unique_ptr<FileSystem> mounted(HostLoop& loop, ImageDevice& device) {
  auto made = run(loop, fat::mount(device, {}));
  if (!made) test::note_failure(__FILE__, __LINE__, made.error().reason);
  return made ? std::move(made->files) : nullptr;
}

void power_cuts(const char* name, const std::string& options, unsigned kib, bool crowd = false, std::size_t memory = std::size_t{1} << 20) {
  test::Random random(name);
  HostLoop loop;
  const test::Kind kind{.mount = mounted, .abilities = test::kFatAbilities};
  auto start = test::make_fat(options, kib);
  const Recording recording = crowd ? record_crowd(loop, random, kind, std::move(start), memory) : record(loop, random, kind, std::move(start), 100, memory);
  std::printf("%zu steps, %zu files\n", recording.steps.size(), recording.settled.size());
  CHECK(recording.settled.size() >= 20);
  for (unsigned i = 0; i < test::wanted_cuts() && test::failures() == 0; ++i) {
    const std::size_t count = random.below(recording.steps.size() + 1);
    std::vector<std::byte> image = cut(recording, count, random);
    const std::string what = "cut after " + std::to_string(count) + " steps";
    if (std::getenv("TESSERA_KEEP") != nullptr) test::write_file(test::scratch() + "/cut.img", image);
    const std::string found = test::crashed_fat_complaints(image);
    if (!found.empty()) test::note_failure(__FILE__, __LINE__, what + ": " + found);
    ImageDevice device(loop, std::move(image));
    const auto files = mounted(loop, device);
    if (files == nullptr) return;
    const std::string lost = test::lost_file(loop, *files, recording, count);
    if (!lost.empty()) test::note_failure(__FILE__, __LINE__, what + ": " + lost);
    CHECK(run(loop, files->unmount()).has_value());
  }
}

}  // namespace

TEST(power_cuts_on_fat12) { power_cuts("power cuts, fat12", "-F 12 -s 4", 7000); }
TEST(power_cuts_on_fat16) { power_cuts("power cuts, fat16", "-F 16 -s 2", 16384); }
TEST(power_cuts_on_fat32) { power_cuts("power cuts, fat32", "-F 32 -s 1", 36864); }
TEST(power_cuts_with_many_tasks) { power_cuts("power cuts, tasks", "-F 16 -s 2", 16384, true); }
// What was changed is written all the time.
TEST(power_cuts_with_little_memory) { power_cuts("power cuts, little memory", "-F 16 -s 2", 16384, false, 96 * 1024); }
