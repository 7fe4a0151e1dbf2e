// SPDX-License-Identifier: Apache-2.0
// Whole files in and out. Contents are bytes kept in a std::string.
#pragma once

#include <string>
#include <string_view>

#include "tools/support/result.hpp"

namespace tessera::tools {

[[nodiscard]] Result<std::string> read_file(const std::string& path);

// Writes PATH by way of a temporary file beside it, so that nobody sees half.
[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view content);

// The same, but leaves an equal file alone: what depends on it is not rebuilt.
[[nodiscard]] Result<void> write_file_if_changed(const std::string& path, std::string_view content);

// Writes all of CONTENT to an open file called NAME in messages.
[[nodiscard]] Result<void> write_all(int file, std::string_view content, const std::string& name);

[[nodiscard]] Result<void> copy_file(const std::string& from, const std::string& to);

[[nodiscard]] Result<void> make_directories(const std::string& path);

}  // namespace tessera::tools
