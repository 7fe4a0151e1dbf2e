// SPDX-License-Identifier: Apache-2.0
// What was measured: samples by row, system and kind.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::bench {

using tools::Result;

enum class System : std::uint8_t { shared, protected_view, linux_kernel, nucleus };
enum class Kind : std::uint8_t { instructions, wall_ns, bytes, lines, ratio, waits };

[[nodiscard]] std::string_view name(System system);
[[nodiscard]] std::string_view name(Kind kind);
[[nodiscard]] std::optional<System> system_of(std::string_view name);
[[nodiscard]] std::optional<Kind> kind_of(std::string_view name);

class Results {
 public:
  using Key = std::tuple<std::string, System, Kind>;

  void add(const std::string& row, System system, Kind kind, double sample) { samples_[{row, system, kind}].push_back(sample); }
  // In the order in which they were taken; none when there are none.
  [[nodiscard]] const std::vector<double>& samples(const std::string& row, System system, Kind kind) const;
  // The median of the samples.
  [[nodiscard]] std::optional<double> value(const std::string& row, System system, Kind kind) const;
  [[nodiscard]] const std::map<Key, std::vector<double>>& all() const { return samples_; }

 private:
  std::map<Key, std::vector<double>> samples_;
};

}  // namespace tessera::bench
