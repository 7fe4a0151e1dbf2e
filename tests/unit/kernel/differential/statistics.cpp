// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/differential/statistics.hpp"

#include <cstdio>
#include <vector>

#include "tests/support/check.hpp"

namespace tessera::nucleus::test {

// Every way in which an operation of the model can end, and the two of handles.
static const std::vector<std::pair<Kind, std::vector<Error>>>& expected() {
  using enum Error;
  static const std::vector<std::pair<Kind, std::vector<Error>>> kExpected{
      {Kind::retype, {ok, empty_slot, wrong_type, no_right, bad_argument, no_memory, slot_occupied, denied, over_limit}},
      {Kind::mint, {ok, empty_slot, wrong_type, no_right, bad_argument, misaligned, slot_occupied, denied}},
      {Kind::gate, {ok, empty_slot, wrong_type, no_right, bad_argument, slot_occupied, denied}},
      {Kind::move, {ok, empty_slot, no_right, bad_argument, slot_occupied, denied}},
      {Kind::swap, {ok, empty_slot, no_right, bad_argument, denied}},
      {Kind::delete_, {ok, empty_slot, no_right, bad_path}},
      {Kind::revoke, {ok, empty_slot, no_right, bad_path}},
      {Kind::send, {ok, empty_slot, wrong_type, no_right}},
      {Kind::call, {ok}},
      {Kind::reply, {ok}},
      {Kind::limit, {ok}},
      {Kind::policy, {ok}},
      {Kind::bad_handle, {stale_handle, bad_path}},
  };
  return kExpected;
}

void Statistics::count(const Performed& performed) {
  ++operations;
  ++endings[{performed.kind, performed.error}];
}

void Statistics::print() const {
  Kind last{};
  bool first = true;
  for (const auto& [ending, times] : endings) {
    if (first || ending.first != last) std::printf("%s  %-10s", first ? "" : "\n", name(ending.first));
    std::printf(" %s %llu", std::string(abi::name(ending.second)).c_str(), static_cast<unsigned long long>(times));
    last = ending.first;
    first = false;
  }
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("\n  %llu operations: %llu preempted, %llu handles of three levels, %llu tables ended; capabilities in messages over borders: "
              "%llu by hand, %llu through gates; %llu messages lost some\n",
              number(operations), number(reached.preempted), number(reached.deep), number(tables_ended), number(reached.by_hand),
              number(reached.through_gates), number(reached.stopped));
}

void Statistics::check_all_reached() const {
  for (const auto& [kind, errors] : expected()) {
    for (const Error error : errors) {
      if (endings.contains({kind, error})) continue;
      ::tessera::test::note_failure(__FILE__, __LINE__, std::string(name(kind)) + " never ended with " + std::string(abi::name(error)));
    }
  }
  CHECK(reached.through_gates > 0);
  CHECK(reached.by_hand > 0);
  CHECK(reached.stopped > 0);
  CHECK(reached.deep > 0);
  CHECK(reached.preempted > 0);
  CHECK(tables_ended > 0);
}

}  // namespace tessera::nucleus::test
