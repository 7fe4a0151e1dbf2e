// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/differential/comparison.hpp"

#include <cstdio>
#include <deque>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

static constexpr std::size_t kAhead = 64;       // operations that the nucleus may be ahead of the model
static constexpr std::size_t kInvariants = 16;  // they are checked after so many

bool Comparison::agrees(const Expected& expected) {
  const ModelProcess::Answer answer = model_.read_answer();
  return answer.error == expected.error && answer.digest == expected.digest && (!expected.message || answer.made == expected.received);
}

// Of all tables: fewer only when one has ended.
static std::uint64_t slots_charged(World& world) { return world.machine.root().used.at(static_cast<std::size_t>(Resource::slots)); }

std::size_t Comparison::run(const Sequence& sequence, Statistics& statistics) {
  World world;
  Play play(world, statistics.reached);
  world.describe(model_);
  Observation seen;
  std::deque<Expected> ahead;
  std::size_t failed = 0;
  const auto catch_up = [&](std::size_t left) {
    while (ahead.size() > left) {
      if (!agrees(ahead.front()) && failed == 0) failed = ahead.front().at;
      ahead.pop_front();
    }
  };
  for (std::size_t at = 1; at <= sequence.size() && failed == 0; ++at) {
    progress_ = at;
    const std::uint64_t slots = slots_charged(world);
    const auto done = play.step(sequence[at - 1]);
    bool good = play.trouble().empty();
    if (done) {
      statistics.count(*done);
      if (slots_charged(world) < slots) ++statistics.tables_ended;
      if (done->kind != Kind::bad_handle) {
        observe(world.machine, world.namespaces(), seen);
        model_.write(done->for_model());
        ahead.push_back({at, static_cast<std::uint64_t>(done->error), seen.digest(), done->received, is_message(done->kind)});
      }
    }
    if (at % kInvariants == 0) good &= check_invariants(world.machine, false);
    catch_up(good ? kAhead : 0);
    if (!good && failed == 0) failed = at;
  }
  catch_up(0);
  if (failed == 0 && !check_invariants(world.machine, false)) failed = sequence.size();
  if (failed != 0) progress_ = failed;
  return failed;
}

void Comparison::explain(const Sequence& sequence) {
  World world;
  Reached ignored;
  Play play(world, ignored);
  world.describe(model_);
  Observation seen;
  for (const std::uint64_t number : sequence) {
    const auto done = play.step(number);
    if (!play.trouble().empty()) std::fprintf(stderr, "  nucleus: %s\n", play.trouble().c_str());
    if (!done) continue;
    std::fprintf(stderr, "  %s\n", done->for_reader(world.names(), world.actor(done->actor).name).c_str());
    if (done->kind == Kind::bad_handle) continue;
    model_.write(done->for_model());
    const ModelProcess::Answer answer = model_.read_answer();
    if (answer.error != static_cast<std::uint64_t>(done->error)) {
      std::fprintf(stderr, "  model: %s\n", std::string(abi::name(static_cast<Error>(answer.error))).c_str());
    }
    if (is_message(done->kind) && answer.made != done->received) {
      std::fprintf(stderr, "  model: %llu received\n", static_cast<unsigned long long>(answer.made));
    }
  }
  observe(world.machine, world.namespaces(), seen);
  std::fputs(difference(seen, model_.dump(), world.names()).c_str(), stderr);
  (void)check_invariants(world.machine, false);
}

}  // namespace tessera::nucleus::test
