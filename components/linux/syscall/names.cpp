// SPDX-License-Identifier: Apache-2.0
#include "components/linux/syscall/names.hpp"

#include <array>

#include "components/linux/syscall/numbers.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

consteval std::array<std::string_view, kSystemCallCount> make_names() {
  std::array<std::string_view, kSystemCallCount> names{};
#define SERVED(name, x86_64, aarch64) \
  if constexpr (number::name < kSystemCallCount) names[number::name] = #name;
#define UNSERVED(name, x86_64, aarch64) SERVED(name, x86_64, aarch64)
#include "components/linux/syscall/calls.inc"
#undef UNSERVED
#undef SERVED
  return names;
}

constexpr auto kNames = make_names();

}  // namespace

std::string_view system_call_name(std::uint64_t number) {
  return number < kNames.size() ? kNames[static_cast<std::size_t>(number)] : std::string_view();
}

}  // namespace tessera::lx
