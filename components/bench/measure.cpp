// SPDX-License-Identifier: Apache-2.0
#include "components/bench/measure.hpp"

#include <bench_counter.hpp>

#include "components/bench/loops.hpp"
#include "lib/rt/log.hpp"

namespace tessera::bench {

void report(std::string_view name, std::uint64_t count, std::uint64_t ticks) {
  rt::log("{}\t{}\t{}", name, count, (in_instructions(ticks) + count / 2) / count);
}

void require(abi::Error error, std::string_view what) {
  if (error == abi::Error::ok) return;
  rt::log("{}: {}", what, error);
  rt::panic("the benchmark cannot go on");
}

void measure_calls(std::string_view name, std::uint64_t count, std::uint64_t tag, std::uint64_t handle, std::uint64_t reply,
                   abi::Error expected) {
  measure(name, count / 10 + 1, count, [&](std::uint64_t times) {
    const auto error = static_cast<abi::Error>(bench_repeat(times, tag, handle, reply) & 0xff);
    if (error != expected) require(error == abi::Error::ok ? abi::Error::bad_call : error, name);
  });
}

}  // namespace tessera::bench
