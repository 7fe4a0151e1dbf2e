// SPDX-License-Identifier: Apache-2.0
#include "components/linux/syscall/dispatch.hpp"

#include "components/linux/syscall/indirect.hpp"
#include "components/linux/syscall/numbers.hpp"
#include "components/linux/syscall/unsupported.hpp"

namespace tessera::lx {

#define SERVED(name, x86_64, aarch64) Result<std::int64_t> sys_##name(const Arguments&);
#define UNSERVED(name, x86_64, aarch64)
#include "components/linux/syscall/calls.inc"
#undef UNSERVED
#undef SERVED

namespace {

// A call that this architecture lacks has no place, and perhaps no function.
consteval SystemCallTable make_table() {
  SystemCallTable table{};
  table.fill(&sys_unsupported);
#define SERVED(name, x86_64, aarch64) \
  if constexpr (number::name < kSystemCallCount) table[number::name] = &sys_##name;
#define UNSERVED(name, x86_64, aarch64)
#include "components/linux/syscall/calls.inc"
#undef UNSERVED
#undef SERVED
  return table;
}

constexpr SystemCallTable make_watched_table() {
  SystemCallTable table{};
  table.fill(&sys_indirect);
  return table;
}

}  // namespace

constinit const SystemCallTable system_calls = make_table();
constinit const SystemCallTable watched_calls = make_watched_table();

}  // namespace tessera::lx
