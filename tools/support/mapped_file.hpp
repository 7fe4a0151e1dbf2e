// SPDX-License-Identifier: Apache-2.0
// A file of our own mapped into memory, read-only. Not for files that somebody
// may cut short meanwhile: reading what is gone ends the program.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/support/result.hpp"

namespace tessera::tools {

class MappedFile {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  // Valid as long as the mapping.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

}  // namespace tessera::tools
