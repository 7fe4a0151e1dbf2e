// SPDX-License-Identifier: Apache-2.0
#include "components/linux/syscall/names.hpp"

#include <array>

namespace tessera::lx {

namespace {

constexpr std::array<std::string_view, 512> make_names() {
  std::array<std::string_view, 512> names{};
#define NAME(number, name) names[number] = #name;
#include <linux_arch/system_call_names.inc>
#undef NAME
  return names;
}

constexpr auto kNames = make_names();

}  // namespace

std::string_view system_call_name(std::uint64_t number) {
  return number < kNames.size() ? kNames[static_cast<std::size_t>(number)] : std::string_view();
}

}  // namespace tessera::lx
