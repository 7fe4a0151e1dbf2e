// SPDX-License-Identifier: Apache-2.0
// A copy of the component's code and constants, mapped at the same addresses in other
// address spaces: threads there run functions of the component. They have none of its
// variables, no heap and no log, only what they are given.
#pragma once

#include <cstdint>
#include <expected>

#include "lib/rt/objects.hpp"

namespace tessera::rt {

class CodeCopy {
 public:
  constexpr CodeCopy() = default;
  [[nodiscard]] static std::expected<CodeCopy, abi::Error> make();

  // Attaches it to `space` and maps it there; the number of the attachment.
  [[nodiscard]] std::expected<std::uint64_t, abi::Error> map_into(Handle space) const;

 private:
  Mapping copy_;
};

}  // namespace tessera::rt
