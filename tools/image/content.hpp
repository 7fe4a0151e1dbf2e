// SPDX-License-Identifier: Apache-2.0
// The bytes of a file, wherever they are: in a string, or in an archive that is
// mapped. Hundreds of megabytes of packages are never copied on their way into a
// bundle. Names of one file (hard links) share one Content; two files never do.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tessera::tools::image {

using Content = std::shared_ptr<const std::string_view>;

// BYTES of something that OWNER keeps alive.
[[nodiscard]] inline Content content_within(std::shared_ptr<const void> owner, std::string_view bytes) {
  struct Within {
    std::shared_ptr<const void> owner;
    std::string_view bytes;
  };
  const auto within = std::make_shared<const Within>(std::move(owner), bytes);
  return {within, &within->bytes};
}

[[nodiscard]] inline Content content_of(std::string bytes) {
  auto owned = std::make_shared<const std::string>(std::move(bytes));
  const std::string_view view = *owned;
  return content_within(std::move(owned), view);
}

}  // namespace tessera::tools::image
