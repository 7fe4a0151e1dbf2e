// SPDX-License-Identifier: Apache-2.0
// Random operations on FAT: the file system says and holds what a model in memory does, and fsck.fat finds nothing.
#include "components/fs/fat/fat.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/model.hpp"
#include "tests/unit/fs/tools.hpp"

using namespace tessera;
using namespace tessera::fs;
using test::HostLoop;
using test::ImageDevice;
using test::run;

namespace {

struct Sizes {
  unsigned kib = 16384, steps = 500;
  std::uint64_t names = 40;
  unsigned name_bytes = 12;
  bool full = false;
  std::uint64_t most_bytes = 60'000;
  std::size_t memory = std::size_t{1} << 20;
};

void random_operations(const char* name, const std::string& options, Sizes sizes) {
  test::Random random(name);
  HostLoop loop;
  ImageDevice device(loop, test::make_fat(options, sizes.kib), sizes.memory);
  std::unique_ptr<test::Model> model;
  for (unsigned round = 0; round < 2; ++round) {
    auto mounted = run(loop, fat::mount(device, {}));
    if (!mounted) return test::note_failure(__FILE__, __LINE__, mounted.error().reason);
    FileSystem& files = *mounted->files;
    if (!model) model = std::make_unique<test::Model>(loop, files, random, test::kFatAbilities);
    model->attach(files);
    model->name_count = sizes.names;
    model->name_bytes = sizes.name_bytes;
    model->most_bytes = sizes.most_bytes;
    model->allow_full = sizes.full;
    for (unsigned step = 0; step < sizes.steps && test::failures() == 0; ++step) {
      (void)model->step();
      if (random.one_in(200)) CHECK(run(loop, files.sync(0, false)).has_value());
    }
    model->compare(files);
    CHECK(!files.read_only());
    CHECK(run(loop, files.unmount()).has_value());
    const std::string wrong = test::check_fat(device.image());
    if (!wrong.empty()) test::note_failure(__FILE__, __LINE__, options + ": " + wrong);
    if (test::failures() != 0) return;
  }
  auto mounted = run(loop, fat::mount(device, {.read_only = true}));
  CHECK(mounted.has_value());
  if (mounted) model->compare(*mounted->files);
}

}  // namespace

TEST(random_operations_on_fat12) { random_operations("fat12", "-F 12 -s 4", {.kib = 8000, .steps = 700, .names = 12, .most_bytes = 20'000}); }
TEST(random_operations_on_fat16) { random_operations("fat16", "-F 16 -s 4", {}); }
TEST(random_operations_on_fat32) { random_operations("fat32", "-F 32 -s 1", {.kib = 40960}); }
TEST(random_operations_with_one_table_and_large_clusters) { random_operations("large clusters", "-F 16 -f 1 -s 64", {.kib = 262144, .steps = 300}); }
TEST(random_operations_with_large_sectors) { random_operations("large sectors", "-F 16 -S 4096 -s 1", {.kib = 32768}); }
TEST(random_operations_with_large_directories) {
  random_operations("large directories", "-F 32 -s 1", {.kib = 40960, .steps = 900, .names = 700, .name_bytes = 230, .most_bytes = 5'000});
}
TEST(random_operations_on_a_full_disk) { random_operations("full disk", "-F 12 -s 1", {.kib = 1440, .full = true}); }
TEST(random_operations_on_a_full_fat32) { random_operations("full fat32", "-F 32 -s 1", {.kib = 33792, .full = true, .most_bytes = 8'000'000}); }
// The least: what was changed is written all the time.
TEST(random_operations_with_little_memory) {
  random_operations("little memory", "-F 32 -s 1", {.kib = 40960, .names = 300, .name_bytes = 100, .memory = 96 * 1024});
}
