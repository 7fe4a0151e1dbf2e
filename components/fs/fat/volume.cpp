// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/volume.hpp"

namespace tessera::fs::fat {

namespace {
constexpr std::size_t kBounce = 4096, kZeros = 16384;
}

Volume::Volume(BlockDevice& on, const Geometry& of, std::span<std::byte> memory)
    : device(on), geometry(of), bounce(memory.first(kBounce)), zeros(memory.subspan(kBounce, kZeros)),
      sectors(on, of.sector_bytes, memory.subspan(kBounce + kZeros)), root(NodeRef::make()) {
  clear(zeros);
  root->number = kRootNumber;
  root->entry.attributes = entry::kDirectory;
  root->entry.first = of.root_cluster;
}

}  // namespace tessera::fs::fat
