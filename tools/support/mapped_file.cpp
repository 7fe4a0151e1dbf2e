// SPDX-License-Identifier: Apache-2.0
#include "tools/support/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tools/support/unique_fd.hpp"

namespace tessera::tools {

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status = {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) return fail_errno("cannot open " + path);
  std::string_view bytes;
  // There is no mapping of nothing.
  if (status.st_size > 0) {
    void* start = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (start == MAP_FAILED) return fail_errno("cannot map " + path);
    bytes = {static_cast<const char*>(start), static_cast<std::size_t>(status.st_size)};
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(bytes));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace tessera::tools
