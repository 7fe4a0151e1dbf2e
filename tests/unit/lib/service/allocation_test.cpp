// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/lib/rt/host_runtime.hpp"
#include "tests/unit/lib/service/world.hpp"

using namespace tessera;
using namespace tessera::test;

TEST(a_request_allocates_nothing) {
  World world;
  Notes notes;
  const auto rounds = [&](unsigned count) {
    for (std::uint32_t i = 0; i < 12; ++i) world.call([&] { return read_many(world.disk(), i, count, 0, notes); });
    world.settle();
  };
  rounds(10);
  const auto before = test::heap_calls();
  rounds(1000);
  CHECK_EQ(test::heap_calls(), before);
  CHECK_EQ(notes.good, 12u * 1010u);
}
