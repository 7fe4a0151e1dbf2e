// SPDX-License-Identifier: Apache-2.0
// Random system calls from threads with random capabilities, round after round: see
// README.md.
#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>

#include "components/storm/must.hpp"
#include "components/storm/report.hpp"
#include "components/storm/round.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::storm {
namespace {

constexpr std::uint64_t kArenaBits = 23;
constexpr std::uint64_t kLeastCalls = 200, kMostCalls = 4000;  // of a round
constexpr std::uint64_t kReports = 10;
constexpr std::uint64_t kAllMade = 50'000;  // so many calls include some of every kind
constexpr std::uint64_t kWitnessPatienceNs = 2'000'000'000;

std::uint64_t number(const rt::Start& start, std::string_view key, std::uint64_t otherwise) {
  const auto text = start.config(key);
  std::uint64_t value = otherwise;
  if (text && std::from_chars(text->data(), std::to_address(text->end()), value).ec != std::errc{}) {
    rt::panic("a number of the configuration is none");
  }
  return value;
}

rt::Handle grant_of(const rt::Start& start, std::string_view name) {
  const auto grant = start.grant(name);
  return grant ? grant->handle : 0;
}

// Another component, which must not notice anything.
class Witness {
 public:
  explicit Witness(const rt::Start& start) {
    const auto channel = start.grant("channel.witness", abi::ObjectType::memory);
    if (!channel || channel->address == 0) rt::panic("the manifest has no channel witness");
    exchanges_ = &rt::object_at<std::uint64_t>(channel->address);
  }
  [[nodiscard]] std::uint64_t exchanges() const { return std::atomic_ref(*exchanges_).load(std::memory_order_acquire); }
  // It has gone on since the last time, or does so now.
  void check() {
    const std::uint64_t until = rt::now_ns() + kWitnessPatienceNs;
    while (exchanges() == seen_) {
      if (rt::now_ns() > until) give_up("witness", "it stands still");
      rt::sleep_until(rt::now_ns() + 1'000'000);
    }
    seen_ = exchanges();
  }

 private:
  std::uint64_t* exchanges_ = nullptr;
  std::uint64_t seen_ = 0;
};

// What is charged to the root namespace is what it was before the round.
void check_root(const abi::NamespaceUsageResult& before, const abi::NamespaceUsageResult& now) {
  if (now.memory != before.memory || now.slots != before.slots || now.threads != before.threads || now.namespaces != before.namespaces ||
      now.processor != before.processor) {
    rt::log("charged to the root: memory {} was {}, slots {} was {}, threads {} was {}, namespaces {} was {}, processor {} was {}", now.memory,
            before.memory, now.slots, before.slots, now.threads, before.threads, now.namespaces, before.namespaces, now.processor,
            before.processor);
    give_up("after a round", "something is still charged");
  }
}

// The longest stretch that the nucleus kept interrupts off; measured in every other round, because
// then its calls take another way.
class Stretch {
 public:
  explicit Stretch(rt::Handle machine) : machine_(machine) {}
  void begin(std::uint64_t round) const { measure(round % 2); }
  void end() {
    longest_ns_ = std::max(longest_ns_, must(abi::machine_info(machine_), "machine").interrupts_off);
    measure(0);
  }
  [[nodiscard]] std::uint64_t longest_ns() const { return longest_ns_; }

 private:
  void measure(std::uint64_t on) const { must(abi::machine_measure_interrupts_off(machine_, on), "measure"); }
  rt::Handle machine_;
  std::uint64_t longest_ns_ = 0;
};

int run(const rt::Start& start) {
  const std::uint64_t seed = number(start, "seed", 1), wanted = number(start, "calls", 100'000);
  rt::log("seed {}: {} calls", seed, wanted);
  static const Crew crew;
  const Supplies supplies{.crew = crew,
                          .arena = must(rt::objects().make(ObjectType::untyped, kArenaBits), "arena"),
                          .arena_bits = kArenaBits,
                          .loans = {start.info().log, grant_of(start, "machine"), grant_of(start, "ports.0"), grant_of(start, "interrupt.0")}};
  const rt::Handle root = grant_of(start, "namespace");
  Stretch stretch(grant_of(start, "machine"));
  Witness witness(start);
  witness.check();
  static Tally tally;
  Random random(seed);
  std::uint64_t made = 0, round = 0, reported = 0;
  // Where others work as well, nobody grants it: their use comes and goes.
  const auto usage = [root] { return root != 0 ? must(abi::namespace_usage(root), "usage of the root") : abi::NamespaceUsageResult{}; };
  const auto before = usage();
  while (made < wanted) {
    set_round(seed, ++round);
    stretch.begin(round);
    Round one(supplies, random.next());
    made += one.run(kLeastCalls + random.below(kMostCalls - kLeastCalls));
    one.add_to(tally);
    one.end();
    stretch.end();
    check_root(before, usage());
    witness.check();
    if (made * kReports / wanted == reported) continue;
    reported = made * kReports / wanted;
    rt::log("seed {}: {} calls in {} rounds, {} faults, {} budgets used up, {} exchanges of the witness", seed, made, round,
            crew.faults().faults(), crew.faults().timeouts(), witness.exchanges());
  }
  report(tally);
  if (made >= kAllMade && never_made(tally) != 0) give_up("the storm", "it left out some calls");
  rt::log("  interrupts were off for {} ns at most", stretch.longest_ns());
  rt::log("seed {}: nothing broke in {} calls", seed, made);
  return 0;
}

std::uint64_t present_seed = 0, present_round = 0;

}  // namespace

void set_round(std::uint64_t seed, std::uint64_t round) {
  present_seed = seed;
  present_round = round;
}

void give_up(std::string_view what, std::string_view why) {
  std::array<char, 256> text;
  rt::panic(rt::format_to(text, "seed {}, round {}: {}: {}", present_seed, present_round, what, why));
}

}  // namespace tessera::storm

int component_main(const tessera::rt::Start& start) {
  start.ready();
  return tessera::storm::run(start);
}
