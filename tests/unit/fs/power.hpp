// SPDX-License-Identifier: Apache-2.0
// Losses of power at any place of what was written. TESSERA_POWER_CUTS: how many places of each load (12).
#pragma once

#include <functional>

#include "tests/unit/fs/model.hpp"

namespace tessera::test {

[[nodiscard]] unsigned wanted_cuts();

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

// A kind of file systems: mounts to write to it; null: that failed, and was noted.
struct Kind {
  std::function<std::unique_ptr<fs::FileSystem>(HostLoop& loop, ImageDevice& device)> mount;
  Abilities abilities;
};

// Random operations on the image, and between them files that are written once and made durable.
Recording record(HostLoop& loop, Random& random, const Kind& kind, std::vector<std::byte> image, unsigned files_wanted, std::size_t memory);
// Many tasks that create, write and make durable at the same time.
Recording record_crowd(HostLoop& loop, Random& random, const Kind& kind, std::vector<std::byte> image, std::size_t memory);

// What the disk may hold when the power goes after `count` steps: what was flushed, what was durable, and of the rest
// any sectors.
std::vector<std::byte> cut(const Recording& recording, std::size_t count, Random& random);
// The first file that was durable after `count` steps and is not what it was; empty: none.
std::string lost_file(HostLoop& loop, fs::FileSystem& files, const Recording& recording, std::size_t count);

}  // namespace tessera::test
