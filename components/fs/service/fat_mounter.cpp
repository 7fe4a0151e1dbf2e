// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/fat_mounter.hpp"

#include <abi/protocols/fs.hpp>
#include <algorithm>

#include "components/fs/fat/fat.hpp"
#include "components/fs/service/say.hpp"

namespace tessera::fs {

std::uint32_t FatMounter::kind() const { return protocol::fs::kKindFat; }

Io<bool> FatMounter::probe(BlockDevice& device) { return fat::probe(device); }

// There is nothing like a list of files without names to be cleared.
Io<Volume> FatMounter::mount(BlockDevice& device, MountOptions options) {
  auto mounted = co_await fat::mount(device, {.read_only = options.read_only});
  if (!mounted) {
    say("FAT: {}", mounted.error().reason);
    co_return std::unexpected(mounted.error().error == Error::invalid ? Error::unsupported : mounted.error().error);
  }
  Volume volume{.files = std::move(mounted->files)};
  std::ranges::copy(std::string_view(mounted->label).substr(0, volume.label.size() - 1), volume.label.begin());
  // All that it has of an identity: 32 bits.
  for (std::size_t i = 0; i < sizeof mounted->serial; ++i) volume.uuid.at(i) = static_cast<std::uint8_t>(mounted->serial >> 8 * i);
  co_return volume;
}

}  // namespace tessera::fs
