// SPDX-License-Identifier: Apache-2.0
// What firmware claims of the machine's nodes, whichever way it tells, and what is made of it.
// Nodes have numbers of firmware's choice there: domains. What contradicts itself, or leaves out
// a core or RAM, is not believed; the answers say why ("has a core twice"), empty: all is well.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "kernel/boot/topology.hpp"
#include "kernel/sched/core_set.hpp"

namespace tessera::nucleus {

class NodeClaims {
 public:
  using Why = std::string_view;

  // `cores`: the hardware's numbers of those that there are; used as long as this is.
  explicit NodeClaims(std::span<const std::uint32_t> cores) : cores_(cores.first(std::min<std::size_t>(cores.size(), kMostCores))) {}

  // One that is not there is passed over.
  Why core(std::uint32_t id, std::uint32_t domain);
  Why memory(std::uint64_t start, std::uint64_t bytes, std::uint32_t domain);

  // The nodes are the domains that have RAM or a core; all are taken as equally far apart.
  Why settle(const BootFacts& boot, Topology& topology);
  // By node; after settle().
  [[nodiscard]] std::span<const std::uint32_t> domains() const { return std::span(domains_).first(domain_count_); }

 private:
  struct Part {
    PhysRange range;
    std::uint32_t domain = 0;
  };
  Why merge_memory();
  Why find_domains(const BootFacts& boot);
  bool add(std::uint32_t domain);
  [[nodiscard]] std::uint8_t node(std::uint32_t domain) const;
  [[nodiscard]] std::span<const Part> parts() const { return std::span(parts_).first(part_count_); }

  std::span<const std::uint32_t> cores_;
  std::array<std::optional<std::uint32_t>, kMostCores> core_domains_;  // as cores_
  std::array<Part, Topology::kMostParts> parts_;                       // ascending by their starts
  std::size_t part_count_ = 0;
  std::array<std::uint32_t, kMostNodes> domains_{};  // ascending
  std::size_t domain_count_ = 0;
};

// Each is as far from all others.
void guess_distances(Distances& distances, std::size_t count);

}  // namespace tessera::nucleus
