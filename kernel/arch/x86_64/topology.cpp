// SPDX-License-Identifier: Apache-2.0
// ACPI 6.5: SRAT 5.2.16 (of processors by APIC and x2APIC, and of memory), SLIT 5.2.17.
#include "topology.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

namespace {

using Bytes = std::span<const std::byte>;
using Why = std::string_view;  // empty: all is well

constexpr std::size_t kAffinityHead = 48, kDistancesHead = 44;
constexpr std::uint64_t kMostAddress = std::uint64_t{1} << 52;
constexpr std::uint64_t kMayBeLeftOut = 1 << 20;  // of RAM: firmware is generous at the edges

template <typename T>
T get(Bytes from, std::size_t offset) {
  T value{};
  std::memcpy(&value, from.subspan(offset, sizeof(T)).data(), sizeof(T));
  return value;
}

// What the SRAT says. Nodes have numbers of firmware's choice there: domains.
struct Claims {
  struct Part {
    PhysRange range;
    std::uint32_t domain = 0;
  };
  std::array<Part, Topology::kMostParts> parts;  // ascending by their starts
  std::size_t part_count = 0;
  std::array<std::optional<std::uint32_t>, kMostCores> domains;  // as AcpiFacts::core_ids
  std::span<Part> memory() { return std::span(parts).first(part_count); }
};

// Ascending.
struct Domains {
  std::array<std::uint32_t, kMostNodes> numbers{};
  std::size_t count = 0;
  [[nodiscard]] std::span<const std::uint32_t> all() const { return std::span(numbers).first(count); }
  bool add(std::uint32_t domain) {
    if (std::ranges::binary_search(all(), domain)) return true;
    if (count == numbers.size()) return false;
    std::size_t place = count++;
    for (; place > 0 && numbers[place - 1] > domain; --place) numbers[place] = numbers[place - 1];
    numbers[place] = domain;
    return true;
  }
  [[nodiscard]] std::uint8_t node(std::uint32_t domain) const {
    return static_cast<std::uint8_t>(std::ranges::lower_bound(all(), domain) - all().begin());
  }
};

std::span<const std::uint32_t> listed(const AcpiFacts& acpi) {
  return std::span(acpi.core_ids).first(std::min<std::size_t>(acpi.cores, kMostCores));
}

// A core that is not there may be in the table.
Why claim_core(Claims& claims, const AcpiFacts& acpi, std::uint32_t id, std::uint32_t domain) {
  const auto cores = listed(acpi);
  for (std::size_t i = 0; i < cores.size(); ++i) {
    if (cores[i] != id) continue;
    if (claims.domains[i].value_or(domain) != domain) return "has a core twice";
    claims.domains[i] = domain;
  }
  return {};
}

// Whether it can be taken out of the running machine does not matter here.
Why claim_memory(Claims& claims, std::uint64_t start, std::uint64_t bytes, std::uint32_t domain) {
  if (start > kMostAddress || bytes > kMostAddress - start) return "has memory where none can be";
  const PhysRange range{PhysAddr{align_up(start, kPageBytes)}, PhysAddr{align_up(start + bytes, kPageBytes)}};
  if (range.empty()) return {};
  if (claims.part_count == claims.parts.size()) return "has too many parts of memory";
  std::size_t place = claims.part_count++;
  for (; place > 0 && claims.parts[place - 1].range.start > range.start; --place) claims.parts[place] = claims.parts[place - 1];
  claims.parts[place] = {range, domain};
  return {};
}

Why read_entry(Claims& claims, const AcpiFacts& acpi, Bytes entry, std::uint32_t domain_bits) {
  constexpr std::uint32_t kEnabled = 1;
  const auto word = [&](std::size_t offset) { return get<std::uint32_t>(entry, offset); };
  const auto type = get<std::uint8_t>(entry, 0);
  constexpr std::array<std::size_t, 3> kBytes{16, 40, 24};
  if (type >= kBytes.size()) return {};
  if (entry.size() < kBytes[type]) return "is damaged";
  switch (type) {
    case 0: {
      if ((word(4) & kEnabled) == 0) return {};
      const std::uint32_t domain = (word(8) & ~0xffu) | get<std::uint8_t>(entry, 2);
      return claim_core(claims, acpi, get<std::uint8_t>(entry, 3), domain & domain_bits);
    }
    case 1:
      if ((word(28) & kEnabled) == 0) return {};
      return claim_memory(claims, get<std::uint64_t>(entry, 8), get<std::uint64_t>(entry, 16), word(2) & domain_bits);
    default:
      if ((word(12) & kEnabled) == 0) return {};
      return claim_core(claims, acpi, word(8), word(4) & domain_bits);
  }
}

Why read_affinity(Claims& claims, const AcpiFacts& acpi) {
  const Bytes table = acpi.affinity;
  if (table.size() < kAffinityHead) return "is too short";
  const std::uint32_t domain_bits = get<std::uint8_t>(table, 8) < 2 ? 0xff : ~0u;  // by its revision
  for (std::size_t at = kAffinityHead; at < table.size();) {
    const Bytes rest = table.subspan(at);
    const std::size_t bytes = rest.size() < 2 ? 0 : get<std::uint8_t>(rest, 1);
    if (bytes < 2 || bytes > rest.size()) return "is damaged";
    if (const Why why = read_entry(claims, acpi, rest.first(bytes), domain_bits); !why.empty()) return why;
    at += bytes;
  }
  return {};
}

// Merges what overlaps within a domain.
Why settle_memory(Claims& claims) {
  std::size_t kept = 0;
  for (const Claims::Part part : claims.memory()) {
    if (kept == 0 || claims.parts[kept - 1].range.end <= part.range.start) {
      claims.parts[kept++] = part;
      continue;
    }
    Claims::Part& last = claims.parts[kept - 1];
    if (last.domain != part.domain) return "has memory in two nodes";
    last.range.end = std::max(last.range.end, part.range.end);
  }
  claims.part_count = kept;
  return {};
}

std::uint64_t common_bytes(const PhysRange& one, const PhysRange& other) {
  const PhysRange common{std::max(one.start, other.start), std::min(one.end, other.end)};
  return common.empty() ? 0 : common.bytes();
}

// The nodes are the domains that have RAM or a core.
Why find_domains(Domains& domains, Claims& claims, const AcpiFacts& acpi, const BootFacts& boot) {
  std::uint64_t left_out = 0;
  for (const PhysRange& ram : std::span(boot.ram).first(boot.ram_count)) left_out += ram.bytes();
  for (const Claims::Part& part : claims.memory()) {
    std::uint64_t bytes = 0;
    for (const PhysRange& ram : std::span(boot.ram).first(boot.ram_count)) bytes += common_bytes(ram, part.range);
    left_out -= bytes;
    if (bytes != 0 && !domains.add(part.domain)) return "has too many nodes";
  }
  if (left_out > kMayBeLeftOut) return "leaves out RAM";
  for (const auto& domain : std::span(claims.domains).first(listed(acpi).size())) {
    if (!domain) return "leaves out a core";
    if (!domains.add(*domain)) return "has too many nodes";
  }
  return {};
}

Why read_distances(Distances& distances, Bytes table, const Domains& domains) {
  if (table.size() < kDistancesHead) return "is too short";
  const auto count = get<std::uint64_t>(table, 36);
  const Bytes matrix = table.subspan(kDistancesHead);
  if (count > matrix.size() || count * count > matrix.size()) return "is damaged";
  if (domains.all().back() >= count) return "leaves out a node";
  for (std::size_t from = 0; from < domains.count; ++from) {
    for (std::size_t to = 0; to < domains.count; ++to) {
      const auto distance = get<std::uint8_t>(matrix, domains.numbers[from] * count + domains.numbers[to]);
      if (from == to ? distance != Topology::kOwnDistance : distance <= Topology::kOwnDistance) return "makes no sense";
      distances[from][to] = distance;
    }
  }
  return {};
}

void guess_distances(Distances& distances, std::size_t count) {
  for (std::size_t from = 0; from < count; ++from) {
    for (std::size_t to = 0; to < count; ++to) {
      distances[from][to] = from == to ? Topology::kOwnDistance : Topology::kOtherDistance;
    }
  }
}

Why read_nodes(Topology& topology, const AcpiFacts& acpi, const BootFacts& boot) {
  Claims claims;
  Domains domains;
  if (const Why why = read_affinity(claims, acpi); !why.empty()) return why;
  if (const Why why = settle_memory(claims); !why.empty()) return why;
  if (const Why why = find_domains(domains, claims, acpi, boot); !why.empty()) return why;
  if (domains.count < 2) return {};
  topology.node_count = domains.count;
  for (const Claims::Part& part : claims.memory()) {
    if (!std::ranges::binary_search(domains.all(), part.domain)) continue;  // none of it is there
    topology.parts[topology.part_count++] = {part.range, domains.node(part.domain)};
  }
  for (const std::uint32_t id : listed(acpi)) {
    topology.cores[topology.core_count] = {id, domains.node(*claims.domains[topology.core_count])};
    ++topology.core_count;
  }
  guess_distances(topology.distances, topology.node_count);
  if (acpi.distances.empty()) return {};
  if (const Why why = read_distances(topology.distances, acpi.distances, domains); !why.empty()) {
    log("the table of distances (SLIT) ", why, ": all nodes are taken as equally far apart");
    guess_distances(topology.distances, topology.node_count);
  }
  return {};
}

}  // namespace

Topology read_topology(const AcpiFacts& acpi, const BootFacts& boot) {
  Topology topology;
  if (acpi.affinity.empty()) return topology;
  if (const Why why = read_nodes(topology, acpi, boot); !why.empty()) {
    log("the table of nodes (SRAT) ", why, ": the machine is taken as one node");
  }
  return topology;
}

}  // namespace tessera::nucleus::arch
