// SPDX-License-Identifier: Apache-2.0
#include "kernel/boot/node_claims.hpp"

#include <algorithm>

namespace tessera::nucleus {

namespace {

constexpr std::uint64_t kMostAddress = std::uint64_t{1} << 52;
constexpr std::uint64_t kMayBeLeftOut = 1 << 20;  // of RAM: firmware is generous at the edges

std::uint64_t common_bytes(const PhysRange& one, const PhysRange& other) {
  const PhysRange common{std::max(one.start, other.start), std::min(one.end, other.end)};
  return common.empty() ? 0 : common.bytes();
}

}  // namespace

NodeClaims::Why NodeClaims::core(std::uint32_t id, std::uint32_t domain) {
  for (std::size_t i = 0; i < cores_.size(); ++i) {
    if (cores_[i] != id) continue;
    if (core_domains_[i].value_or(domain) != domain) return "has a core twice";
    core_domains_[i] = domain;
  }
  return {};
}

// Whether it can be taken out of the running machine does not matter here.
NodeClaims::Why NodeClaims::memory(std::uint64_t start, std::uint64_t bytes, std::uint32_t domain) {
  if (start > kMostAddress || bytes > kMostAddress - start) return "has memory where none can be";
  const PhysRange range{PhysAddr{align_up(start, kPageBytes)}, PhysAddr{align_up(start + bytes, kPageBytes)}};
  if (range.empty()) return {};
  if (part_count_ == parts_.size()) return "has too many parts of memory";
  std::size_t place = part_count_++;
  for (; place > 0 && parts_[place - 1].range.start > range.start; --place) parts_[place] = parts_[place - 1];
  parts_[place] = {range, domain};
  return {};
}

// Merges what overlaps within a domain.
NodeClaims::Why NodeClaims::merge_memory() {
  std::size_t kept = 0;
  for (const Part part : parts()) {
    if (kept == 0 || parts_[kept - 1].range.end <= part.range.start) {
      parts_[kept++] = part;
      continue;
    }
    Part& last = parts_[kept - 1];
    if (last.domain != part.domain) return "has memory in two nodes";
    last.range.end = std::max(last.range.end, part.range.end);
  }
  part_count_ = kept;
  return {};
}

bool NodeClaims::add(std::uint32_t domain) {
  if (std::ranges::binary_search(domains(), domain)) return true;
  if (domain_count_ == domains_.size()) return false;
  std::size_t place = domain_count_++;
  for (; place > 0 && domains_[place - 1] > domain; --place) domains_[place] = domains_[place - 1];
  domains_[place] = domain;
  return true;
}

std::uint8_t NodeClaims::node(std::uint32_t domain) const {
  return static_cast<std::uint8_t>(std::ranges::lower_bound(domains(), domain) - domains().begin());
}

NodeClaims::Why NodeClaims::find_domains(const BootFacts& boot) {
  std::uint64_t left_out = 0;
  for (const PhysRange& ram : std::span(boot.ram).first(boot.ram_count)) left_out += ram.bytes();
  for (const Part& part : parts()) {
    std::uint64_t bytes = 0;
    for (const PhysRange& ram : std::span(boot.ram).first(boot.ram_count)) bytes += common_bytes(ram, part.range);
    left_out -= bytes;
    if (bytes != 0 && !add(part.domain)) return "has too many nodes";
  }
  if (left_out > kMayBeLeftOut) return "leaves out RAM";
  for (const auto& domain : std::span(core_domains_).first(cores_.size())) {
    if (!domain) return "leaves out a core";
    if (!add(*domain)) return "has too many nodes";
  }
  return {};
}

NodeClaims::Why NodeClaims::settle(const BootFacts& boot, Topology& topology) {
  if (const Why why = merge_memory(); !why.empty()) return why;
  if (const Why why = find_domains(boot); !why.empty()) return why;
  if (domain_count_ < 2) return {};
  topology.node_count = domain_count_;
  for (const Part& part : parts()) {
    if (!std::ranges::binary_search(domains(), part.domain)) continue;  // none of it is there
    topology.parts[topology.part_count++] = {part.range, node(part.domain)};
  }
  for (const std::uint32_t id : cores_) {
    topology.cores[topology.core_count] = {id, node(*core_domains_[topology.core_count])};
    ++topology.core_count;
  }
  guess_distances(topology.distances, topology.node_count);
  return {};
}

void guess_distances(Distances& distances, std::size_t count) {
  for (std::size_t from = 0; from < count; ++from) {
    for (std::size_t to = 0; to < count; ++to) {
      distances[from][to] = from == to ? Topology::kOwnDistance : Topology::kOtherDistance;
    }
  }
}

}  // namespace tessera::nucleus
