// SPDX-License-Identifier: Apache-2.0
// What was measured: samples by row, system and kind. Also as a JSON file, one
// record a line, and back.
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
enum class Kind : std::uint8_t { instructions, wall_ns, bytes, lines };

[[nodiscard]] std::string_view name(System system);
[[nodiscard]] std::string_view name(Kind kind);

class Results {
 public:
  using Key = std::tuple<std::string, System, Kind>;

  void add(const std::string& row, System system, Kind kind, double sample) { samples_[{row, system, kind}].push_back(sample); }
  // The median of the samples.
  [[nodiscard]] std::optional<double> value(const std::string& row, System system, Kind kind) const;
  [[nodiscard]] const std::map<Key, std::vector<double>>& all() const { return samples_; }

  [[nodiscard]] std::string json(const std::string& processor, const std::string& qemu) const;
  [[nodiscard]] static Result<Results> from_json(std::string_view text);

 private:
  std::map<Key, std::vector<double>> samples_;
};

}  // namespace tessera::bench
