// SPDX-License-Identifier: Apache-2.0
// Namespaces made, filled and destroyed; message round trips that are recorded.
#include <abi/nucleus.client.hpp>

#include "components/bench/measure.hpp"
#include "components/bench/peer.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::bench {

using abi::ObjectType;
using rt::objects;

namespace {

constexpr std::uint64_t kTimes = 5, kObjects = 1000, kAtOnce = 250, kTableBits = 10, kFirstSlot = 2;
constexpr std::uint64_t kRingBits = 20;  // enough for the records of a row

}  // namespace

void run_namespace_rows() {
  std::uint64_t created = 0, filled = 0, destroyed = 0;
  const rt::Handle untyped = need(objects().make(ObjectType::untyped, 18), "untyped");
  for (std::uint64_t time = 0; time < kTimes; ++time) {
    const std::uint64_t start = rt::arch::read_counter();
    const rt::Handle space = need(objects().make(ObjectType::namespace_), "namespace");
    const rt::Handle table = need(objects().make(ObjectType::cap_table, kTableBits), "table");
    need(abi::namespace_adopt(space, table), "adopt");
    const std::uint64_t made = rt::arch::read_counter();
    for (std::uint64_t i = 0; i < kObjects; i += kAtOnce) {
      need(abi::untyped_retype(untyped, ObjectType::notification, 0, kAtOnce, table, kFirstSlot + i), "retype");
    }
    const std::uint64_t full = rt::arch::read_counter();
    need(abi::namespace_destroy(space), "destroy");
    const std::uint64_t end = rt::arch::read_counter();
    created += made - start;
    filled += full - made;
    destroyed += end - full;
    objects().discard(table);
    objects().discard(space);
  }
  report("namespace-create", kTimes, created);
  report("namespace-1000-objects", kTimes, filled);
  report("namespace-destroy-1000", kTimes, destroyed);
}

void run_audit_rows(std::uint64_t root_namespace) {
  const rt::Handle ring = need(objects().make(ObjectType::memory, kRingBits), "ring");
  need(abi::namespace_set_audit(root_namespace, ring, abi::kAuditUse), "audit");
  run_null_round_trip("ipc-0-words-audited");
  need(abi::namespace_set_audit(root_namespace, 0, 0), "audit");
  objects().discard(ring);
}

}  // namespace tessera::bench
