// SPDX-License-Identifier: Apache-2.0
// Domains, devices and memories at random, beside a list of what each device should reach.
#include <map>

#include "kernel/object/derivation.hpp"
#include "tests/unit/kernel/fixture/random.hpp"
#include "tests/unit/kernel/iommu/confined.hpp"

namespace tessera::nucleus::test {

namespace {

constexpr std::size_t kDomains = 3, kMemories = 8, kDevices = 5;

struct World : Confined {
  explicit World(VtdUnit::Abilities abilities) : Confined(abilities) {
    for (std::uint64_t& domain : domains) domain = new_domain();
    for (std::size_t i = 0; i < kMemories; ++i) memories[i] = make(ObjectType::memory, 12 + 2 * (i % 6));
  }
  std::array<std::uint64_t, kDomains> domains{};
  std::array<std::uint64_t, kMemories> memories{};
  struct Attached {
    std::uint64_t number = 0;
    bool writable = false;
  };
  std::array<std::map<std::size_t, Attached>, kDomains> attached;  // by memory
  std::array<std::size_t, kDevices> in{kDomains, kDomains, kDomains, kDomains, kDomains};  // kDomains: none

  [[nodiscard]] static std::uint32_t number_of(std::size_t device) { return static_cast<std::uint32_t>(device * 0x123 + 8); }

  void attach_some(Random& random) {
    const std::size_t domain = random.below(kDomains), memory = random.below(kMemories);
    const bool writable = random.one_in(2);
    const Outcome done = attach(domains[domain], memories[memory], writable ? kR | kW : kR);
    if (attached[domain].contains(memory)) return CHECK_EQ(done.error, Error::overlap);
    CHECK(done.ok() || done.error == Error::no_page_tables);
    if (done.ok()) attached[domain][memory] = {done.words[0], writable};
  }
  void detach_some(Random& random) {
    const std::size_t domain = random.below(kDomains), memory = random.below(kMemories);
    const auto found = attached[domain].find(memory);
    if (found == attached[domain].end()) return;
    CHECK(invoke(domains[domain], DomainMethod::detach, {found->second.number}).ok());
    attached[domain].erase(found);
  }
  void revoke_some(Random& random) {
    const std::size_t memory = random.below(kMemories);
    revoke(memories[memory]);
    for (auto& one : attached) one.erase(memory);
  }
  void assign_some(Random& random) {
    const std::size_t device = random.below(kDevices), domain = random.below(kDomains + 1);
    const Error error = assign(number_of(device), domain == kDomains ? 0 : domains[domain]);
    const bool busy = domain != kDomains && in[device] != kDomains && in[device] != domain;
    CHECK_EQ(error, busy ? Error::busy : Error::ok);
    if (!busy) in[device] = domain;
  }
  void renew_some(Random& random) {
    const std::size_t domain = random.below(kDomains);
    remove(domains[domain]);
    domains[domain] = new_domain();
    attached[domain].clear();
    for (std::size_t& place : in)
      if (place == domain) place = kDomains;
  }
  void compare(Random& random) {
    for (std::size_t device = 0; device < kDevices; ++device) {
      for (std::size_t memory = 0; memory < kMemories; ++memory) {
        const std::uint64_t at = place(memories[memory], random.below(slot(memories[memory]).extra));
        const auto* known = in[device] == kDomains ? nullptr : &attached[in[device]];
        const bool there = known != nullptr && known->contains(memory);
        CHECK_EQ(unit.reaches(number_of(device), at, false), there);
        CHECK_EQ(unit.reaches(number_of(device), at, true), there && known->at(memory).writable);
      }
    }
  }
};

void play(VtdUnit::Abilities abilities, std::uint64_t seed) {
  Random random(seed);
  World world(abilities);
  for (unsigned round = 0; round < 400; ++round) {
    arch::hosted::interrupt_at_preemption(static_cast<unsigned>(random.below(4)));
    switch (random.below(8)) {
      case 0:
      case 1:
      case 2: world.attach_some(random); break;
      case 3: world.detach_some(random); break;
      case 4: world.revoke_some(random); break;
      case 5:
      case 6: world.assign_some(random); break;
      default:
        if (random.one_in(4)) world.renew_some(random);
    }
    arch::hosted::interrupt_at_preemption(0);
    world.compare(random);
  }
  CHECK(check_invariants(world));
  for (const std::uint64_t memory : world.memories) world.revoke(memory);
  for (const std::uint64_t domain : world.domains) CHECK_EQ(world.at(domain).pool().used(), 0);
}

}  // namespace

TEST(devices_reach_exactly_what_they_were_given) {
  const std::uint64_t seed = seed_or(20);
  play({}, seed);
  play({.large = false}, seed + 1);
  play({.caching = true}, seed + 2);
  play({.sluggish = 2500}, seed + 3);
}

}  // namespace tessera::nucleus::test
