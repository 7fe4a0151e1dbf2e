// SPDX-License-Identifier: Apache-2.0
// Where the data of a command is, by physical region pages (NVMe 4.3): the first entry may begin anywhere in its page,
// all others are whole pages but for the end of the last. Pieces that do not join so are for several commands.
#pragma once

#include <span>

#include "components/drivers/nvme/layout.hpp"
#include "lib/ddk/dma_region.hpp"

namespace tessera::nvme {

// Entries of a list, which a slot of the driver's has room for; so many pages, and the one where the data begins, at most.
inline constexpr std::size_t kListEntries = 128;
inline constexpr std::uint32_t kMostBytes = kListEntries * kPage;

// Pieces of one command.
struct Run {
  std::size_t pieces = 0;
  std::uint32_t bytes = 0;
};
// As many of the first pieces as one command may have; one at least.
[[nodiscard]] Run first_run(std::span<const ddk::DmaRange> pieces);

// Writes the entries for a run of at most kMostBytes into the command, and into `list` what it has no room for.
// `list`: kListEntries entries within one page.
void point_to(Command& command, std::span<const ddk::DmaRange> run, const ddk::DmaRegion& list);

}  // namespace tessera::nvme
