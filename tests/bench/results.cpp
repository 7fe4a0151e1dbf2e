// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/results.hpp"

#include <array>

#include "tests/bench/spread.hpp"

namespace tessera::bench {
namespace {

template <typename Type, std::size_t count>
std::optional<Type> named(const std::array<Type, count>& values, std::string_view wanted) {
  for (const Type value : values) {
    if (name(value) == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(System system) {
  switch (system) {
    case System::shared: return "tessera-shared";
    case System::protected_view: return "tessera-protected";
    case System::linux_kernel: return "linux";
    case System::nucleus: return "nucleus";
  }
  return "?";
}

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::instructions: return "instructions";
    case Kind::wall_ns: return "wall_ns";
    case Kind::bytes: return "bytes";
    case Kind::lines: return "lines";
    case Kind::ratio: return "ratio";
    case Kind::waits: return "waits";
  }
  return "?";
}

std::optional<System> system_of(std::string_view name) {
  return named(std::array{System::shared, System::protected_view, System::linux_kernel, System::nucleus}, name);
}

std::optional<Kind> kind_of(std::string_view name) {
  return named(std::array{Kind::instructions, Kind::wall_ns, Kind::bytes, Kind::lines, Kind::ratio, Kind::waits}, name);
}

const std::vector<double>& Results::samples(const std::string& row, System system, Kind kind) const {
  static const std::vector<double> none;
  const auto found = samples_.find({row, system, kind});
  return found == samples_.end() ? none : found->second;
}

std::optional<double> Results::value(const std::string& row, System system, Kind kind) const {
  const auto spread = spread_of(samples(row, system, kind));
  return spread ? std::optional(spread->median) : std::nullopt;
}

}  // namespace tessera::bench
