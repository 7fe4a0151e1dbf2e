// SPDX-License-Identifier: Apache-2.0
// A mounted volume's state in memory: what its parts share.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "components/fs/fat/node.hpp"
#include "components/fs/fat/operation.hpp"
#include "components/fs/fat/volume_lock.hpp"

namespace tessera::fs::fat {

// What the next commit does besides writing sectors.
struct Changes {
  std::vector<Operation::Deletion> deletions;
  std::vector<std::uint32_t> freed, cuts;
  std::uint64_t freed_clusters = 0;
  bool directory_grew = false;  // its new clusters must be durable before the table leads there
};

struct Volume {
  Volume(BlockDevice& on, const Geometry& of, std::span<std::byte> memory);

  BlockDevice& device;
  const Geometry geometry;
  Room bounce;  // a sector, to change a part of one on the disk
  Room zeros;
  Sectors sectors;
  VolumeLock lock;

  NodeRef root;
  std::map<std::uint64_t, NodeRef> nodes;       // by position
  std::map<InodeNumber, InodeNumber> moved;     // numbers of files that have another one now
  std::vector<NodeRef> homeless;                // kept, without an entry of their own
  std::set<std::uint64_t> reserved;             // entries that nothing may come to lie in yet

  Changes changes;               // since the last commit
  std::uint64_t free_clusters = 0;
  std::uint32_t next_free = kFirstCluster;  // where the search for one goes on
  bool unflushed = false;        // data was written and not flushed
  bool read_only = true;
  bool marked = false;           // as not cleanly unmounted, by us
  bool was_dirty = false;        // it was marked when it was mounted
  bool failed = false;           // a commit did not succeed: nothing is written any more

  [[nodiscard]] std::uint32_t entries_per_sector() const { return static_cast<std::uint32_t>(geometry.sector_bytes / entry::kBytes); }
  [[nodiscard]] std::uint64_t sector_of_position(std::uint64_t position) const { return position / entries_per_sector(); }
  [[nodiscard]] std::size_t offset_of_position(std::uint64_t position) const {
    return static_cast<std::size_t>(position % entries_per_sector()) * entry::kBytes;
  }
  // Pieces of work between which a commit may come have so many clusters at most.
  [[nodiscard]] std::uint32_t step_clusters() const { return std::min<std::uint32_t>(256, static_cast<std::uint32_t>(sectors.size() / 8)); }
};

// Runs an operation until it has all it wants.
template <typename F>
rt::Task<std::invoke_result_t<F&, Operation&>> run(Volume& volume, F body) {
  constexpr unsigned kMostAttempts = 100'000;
  for (unsigned attempt = 0; attempt < kMostAttempts; ++attempt) {
    std::uint64_t sector = 0, count = 0;
    {
      Operation operation(volume);
      auto result = body(operation);
      if (result) operation.finish();
      if (result || result.error() != kMissing) co_return result;
      sector = operation.missing;
      count = operation.missing_count;
    }
    if (const Result<void> came = co_await volume.sectors.fetch(sector, count); !came) co_return fail(came.error());
  }
  co_return fail(Error::no_memory);
}

}  // namespace tessera::fs::fat
