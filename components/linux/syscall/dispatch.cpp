// SPDX-License-Identifier: Apache-2.0
#include "components/linux/syscall/dispatch.hpp"

#include "components/linux/syscall/indirect.hpp"
#include "components/linux/syscall/unsupported.hpp"

namespace tessera::lx {

#define SYSCALL(number, name) Result<std::int64_t> sys_##name(const Arguments&);
#include "components/linux/syscall/fs.inc"
#include "components/linux/syscall/process.inc"
#include "components/linux/syscall/socket.inc"
#undef SYSCALL

namespace {

constexpr SystemCallTable make_table() {
  SystemCallTable table{};
  table.fill(&sys_unsupported);
#define SYSCALL(number, name) table[number] = &sys_##name;
#include "components/linux/syscall/fs.inc"
#include "components/linux/syscall/process.inc"
#include "components/linux/syscall/socket.inc"
#undef SYSCALL
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
