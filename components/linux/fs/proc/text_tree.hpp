// SPDX-License-Identifier: Apache-2.0
// A tree of files made of text, given as a table of their paths: the part of /proc
// that is about the system, and /sys.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>

#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"

namespace tessera::lx {

struct TextFile {
  std::string_view path;  // below the tree's root
  std::string (*text)();  // null: an empty directory
  Result<void> (*store)(std::string_view) = nullptr;
  // Instead of text: of one among several that are alike.
  std::string (*text_of)(unsigned number) = nullptr;
  unsigned number = 0;
  [[nodiscard]] bool is_directory() const { return text == nullptr && text_of == nullptr; }
};

struct TextTree {
  FileSystem& file_system;
  std::span<const TextFile> files;  // what is in a directory stands together
  std::uint64_t first_inode;        // 0x4000 numbers from there are the tree's
};

// A directory of the tree: what its paths have behind this prefix.
class TextDirectory : public ProcDirectory {
 public:
  TextDirectory(const TextTree& tree, std::uint64_t number, std::string prefix);
  Result<Ref<Inode>> lookup(std::string_view name) override;
  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override;

 private:
  [[nodiscard]] std::string_view behind_prefix(std::size_t index) const;
  [[nodiscard]] std::uint64_t directory_number(std::size_t first_file, std::size_t depth) const;

  const TextTree& tree_;
  std::string prefix_;
};

// A value and the end of its line.
std::string line_of(std::string_view value);
template <std::integral T>
std::string line_of(T value) {
  Text text;
  text << value << '\n';
  return text.take();
}

}  // namespace tessera::lx
