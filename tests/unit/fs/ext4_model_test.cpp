// SPDX-License-Identifier: Apache-2.0
// Random operations: the file system says and holds what a model in memory does, and e2fsck finds nothing.
#include <cstdlib>

#include "components/fs/ext4/ext4.hpp"
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
  unsigned kib = 16384, steps = 1500;
  std::uint64_t names = 40;
  unsigned name_bytes = 12;
  bool full = false;
  std::uint64_t most_bytes = 300'000;
  std::size_t memory = ImageDevice::kMemory;
};

void random_operations(const char* name, const std::string& options, Sizes sizes) {
  test::Random random(name);
  HostLoop loop;
  ImageDevice device(loop, test::make_image(options, sizes.kib), sizes.memory);
  std::unique_ptr<test::Model> model;
  for (unsigned round = 0; round < 2; ++round) {
    auto mounted = run(loop, ext4::mount(device, {}));
    if (!mounted) return test::note_failure(__FILE__, __LINE__, mounted.error().reason);
    FileSystem& files = **mounted;
    if (!model) model = std::make_unique<test::Model>(loop, files, random);
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
    const auto space = run(loop, files.space());
    CHECK(space.has_value());
    CHECK(!files.read_only());
    CHECK(run(loop, files.unmount()).has_value());
    const std::string wrong = test::check_image(device.image());
    if (!wrong.empty()) test::note_failure(__FILE__, __LINE__, options + ": " + wrong);
    if (test::failures() != 0) return;
  }
  auto mounted = run(loop, ext4::mount(device, {.read_only = true, .clear_orphans = true}));
  CHECK(mounted.has_value());
  if (mounted) model->compare(**mounted);
}

}  // namespace

TEST(random_operations_on_a_default_image) { random_operations("default image", "", {}); }
TEST(random_operations_with_blocks_of_4_kib) { random_operations("4 KiB", "-b 4096 -O orphan_file,metadata_csum_seed", {.kib = 32768}); }
TEST(random_operations_with_small_inodes_and_no_checksums) {
  random_operations("small inodes", "-b 1024 -I 128 -O ^metadata_csum,^64bit,uninit_bg", {});
}
TEST(random_operations_without_a_journal) { random_operations("no journal", "-b 2048 -O ^has_journal", {}); }
TEST(random_operations_with_data_in_inodes) { random_operations("inline data", "-b 1024 -O inline_data", {}); }
TEST(random_operations_without_indexes) { random_operations("no index", "-b 1024 -O ^dir_index,^filetype", {.names = 150}); }
TEST(random_operations_with_large_directories) {
  random_operations("large directories", "-b 1024 -N 8000", {.kib = 32768, .steps = 6000, .names = 3000, .name_bytes = 230, .most_bytes = 5'000});
}
TEST(random_operations_on_a_full_disk) { random_operations("full disk", "-b 1024 -m 0 -N 64", {.kib = 4096, .steps = 1500, .full = true}); }
// The least: transactions fill up, and blocks are written home all the time.
TEST(random_operations_with_little_memory) {
  random_operations("little memory", "-b 1024 -J size=1", {.kib = 32768, .steps = 2500, .memory = 256 * 1024});
  random_operations("little memory, large directories", "-b 1024 -N 8000 -J size=1",
                    {.kib = 32768, .steps = 4000, .names = 3000, .name_bytes = 230, .most_bytes = 5'000, .memory = 256 * 1024});
}
TEST(random_operations_with_much_memory_and_a_small_journal) {
  random_operations("much memory", "-b 1024 -J size=1", {.memory = std::size_t{8} << 20});
}
