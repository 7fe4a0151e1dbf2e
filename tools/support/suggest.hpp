// SPDX-License-Identifier: Apache-2.0
// "did you mean ...?": the known name nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tessera::tools {

// The nearest of KNOWN if it is near enough to be a slip of the fingers, else "".
[[nodiscard]] std::string nearest(std::string_view name, std::span<const std::string> known);

// ", did you mean 'NEAREST'?", or when nothing is near, " (known: A, B, C)" for short lists.
[[nodiscard]] std::string suggestion(std::string_view name, std::span<const std::string> known);

}  // namespace tessera::tools
