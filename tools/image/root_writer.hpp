// SPDX-License-Identifier: Apache-2.0
// A root file system as the two entries of a bundle that docs/formats.md
// defines: an index and the files' contents.
#pragma once

#include <string>
#include <vector>

#include "tools/image/root.hpp"

namespace tessera::tools::image {

struct RootImage {
  std::string index;
  std::vector<Content> files;  // the data: each from a page on, zeros up to the next
};

[[nodiscard]] RootImage write_root(const Root& root);

}  // namespace tessera::tools::image
