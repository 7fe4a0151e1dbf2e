// SPDX-License-Identifier: Apache-2.0
// The file allocation table: which cluster follows which, and which are free. It is read from the active copy.
#pragma once

#include <vector>

#include "components/fs/fat/volume.hpp"

namespace tessera::fs::fat {

// What the table says of a cluster of the volume, without the bits of FAT32 that are nobody's.
Result<std::uint32_t> table_value(Operation& operation, std::uint32_t cluster);
Result<void> set_table_value(Operation& operation, std::uint32_t cluster, std::uint32_t value);
// The marks of the end of a chain.
[[nodiscard]] std::uint32_t end_mark(Width width);
[[nodiscard]] bool is_end(Width width, std::uint32_t value);
// The cluster behind this one; none: it is the last. corrupt: the table says something else.
Result<std::optional<std::uint32_t>> next_cluster(Operation& operation, std::uint32_t cluster);

// The cluster of a node's chain with this index; none: the chain ends before.
Result<std::optional<std::uint32_t>> find_cluster(Operation& operation, Node& node, std::uint32_t index);
// One that must be there.
Result<std::uint32_t> cluster_at(Operation& operation, Node& node, std::uint32_t index);

// So many free clusters, near `goal`; they are not taken yet. Who has the volume exclusively asks. no_space.
Io<std::vector<std::uint32_t>> find_free(Volume& volume, std::uint32_t count, std::uint32_t goal);
// Makes a chain of them, behind `tail` unless that is 0.
Result<void> link_clusters(Operation& operation, std::uint32_t tail, std::span<const std::uint32_t> clusters);
// Counts those that are free.
Io<std::uint64_t> count_free(Volume& volume);

}  // namespace tessera::fs::fat
