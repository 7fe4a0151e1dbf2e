// SPDX-License-Identifier: Apache-2.0
// What making an image of any kind takes: programs of others, whose output depends on
// nothing but what they are given.
#pragma once

#include <string>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::tools::image {

// In an environment of fixed date; what it prints is of interest only when it fails.
[[nodiscard]] Result<void> run_quietly(std::vector<std::string> words);
// Whether the file can be written: before the work, because others answer with a page of their own.
[[nodiscard]] Result<void> check_output(const std::string& output);
// Gives a file the date that all have.
[[nodiscard]] Result<void> date(const std::string& path);

}  // namespace tessera::tools::image
