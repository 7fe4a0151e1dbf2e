// SPDX-License-Identifier: Apache-2.0
// ACPI 6.5: SRAT 5.2.16 (of processors by APIC and x2APIC, and of memory), SLIT 5.2.17.
#include "topology.hpp"

#include <algorithm>
#include <cstring>

#include "kernel/boot/node_claims.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

namespace {

using Bytes = std::span<const std::byte>;
using Why = NodeClaims::Why;

constexpr std::size_t kAffinityHead = 48, kDistancesHead = 44;

template <typename T>
T get(Bytes from, std::size_t offset) {
  T value{};
  std::memcpy(&value, from.subspan(offset, sizeof(T)).data(), sizeof(T));
  return value;
}

Why read_entry(NodeClaims& claims, Bytes entry, std::uint32_t domain_bits) {
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
      return claims.core(get<std::uint8_t>(entry, 3), domain & domain_bits);
    }
    case 1:
      if ((word(28) & kEnabled) == 0) return {};
      return claims.memory(get<std::uint64_t>(entry, 8), get<std::uint64_t>(entry, 16), word(2) & domain_bits);
    default:
      if ((word(12) & kEnabled) == 0) return {};
      return claims.core(word(8), word(4) & domain_bits);
  }
}

Why read_affinity(NodeClaims& claims, Bytes table) {
  if (table.size() < kAffinityHead) return "is too short";
  const std::uint32_t domain_bits = get<std::uint8_t>(table, 8) < 2 ? 0xff : ~0u;  // by its revision
  for (std::size_t at = kAffinityHead; at < table.size();) {
    const Bytes rest = table.subspan(at);
    const std::size_t bytes = rest.size() < 2 ? 0 : get<std::uint8_t>(rest, 1);
    if (bytes < 2 || bytes > rest.size()) return "is damaged";
    if (const Why why = read_entry(claims, rest.first(bytes), domain_bits); !why.empty()) return why;
    at += bytes;
  }
  return {};
}

Why read_distances(Distances& distances, Bytes table, std::span<const std::uint32_t> domains) {
  if (table.size() < kDistancesHead) return "is too short";
  const auto count = get<std::uint64_t>(table, 36);
  const Bytes matrix = table.subspan(kDistancesHead);
  if (count > matrix.size() || count * count > matrix.size()) return "is damaged";
  if (domains.back() >= count) return "leaves out a node";
  for (std::size_t from = 0; from < domains.size(); ++from) {
    for (std::size_t to = 0; to < domains.size(); ++to) {
      const auto distance = get<std::uint8_t>(matrix, domains[from] * count + domains[to]);
      if (from == to ? distance != Topology::kOwnDistance : distance <= Topology::kOwnDistance) return "makes no sense";
      distances[from][to] = distance;
    }
  }
  return {};
}

Why read_nodes(Topology& topology, const AcpiFacts& acpi, const BootFacts& boot) {
  NodeClaims claims(std::span(acpi.core_ids).first(std::min<std::size_t>(acpi.cores, kMostCores)));
  if (const Why why = read_affinity(claims, acpi.affinity); !why.empty()) return why;
  if (const Why why = claims.settle(boot, topology); !why.empty()) return why;
  if (topology.node_count < 2 || acpi.distances.empty()) return {};
  if (const Why why = read_distances(topology.distances, acpi.distances, claims.domains()); !why.empty()) {
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
