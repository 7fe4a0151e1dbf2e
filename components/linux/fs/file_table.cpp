// SPDX-License-Identifier: Apache-2.0
// Descriptor tables: an array of files and bitmaps of what is used and what exec closes.
#include "components/linux/fs/file_table.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "components/linux/fs/locks.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr unsigned kLimitFiles = 7;  // RLIMIT_NOFILE
constexpr std::uint64_t kMostFiles = 1 << 20;  // fs.nr_open

std::size_t file_limit() { return static_cast<std::size_t>(std::min(current_limit(kLimitFiles), kMostFiles)); }

std::uint64_t bit(std::size_t index) { return std::uint64_t{1} << (index % 64); }

}  // namespace

FileTable::~FileTable() { close_all(); }

void FileTable::resize(std::size_t count) {
  std::size_t words = (count + kWordBits - 1) / kWordBits;
  if (words <= used_.size()) return;
  words = std::max(words, used_.size() * 2);
  files_.resize(words * kWordBits);
  used_.resize(words);
  close_on_exec_.resize(words);
}

std::size_t FileTable::lowest_free(std::size_t from) const {
  const std::size_t index = std::max(first_free_, from);
  std::size_t word = index / kWordBits;
  if (word >= used_.size()) return index;
  std::uint64_t free = ~used_[word] & (~std::uint64_t{0} << (index % kWordBits));
  while (free == 0 && ++word < used_.size()) free = ~used_[word];
  return word * kWordBits + (free == 0 ? 0 : static_cast<std::size_t>(std::countr_zero(free)));
}

Result<void> FileTable::check_room() const {
  if (lowest_free(0) >= file_limit()) return fail(Errno::emfile);
  return {};
}

Result<int> FileTable::install(Ref<File> file, bool close_on_exec, int lowest) {
  const std::size_t index = lowest_free(static_cast<std::size_t>(lowest));
  if (index >= file_limit()) return fail(Errno::emfile);
  resize(index + 1);
  used_[index / kWordBits] |= bit(index);
  if (close_on_exec)
    close_on_exec_[index / kWordBits] |= bit(index);
  else
    close_on_exec_[index / kWordBits] &= ~bit(index);
  files_[index] = std::move(file);
  if (static_cast<std::size_t>(lowest) <= first_free_) first_free_ = index + 1;
  return static_cast<int>(index);
}

Result<void> FileTable::install_at(int descriptor, Ref<File> file, bool close_on_exec) {
  auto index = static_cast<std::size_t>(descriptor);
  if (descriptor < 0 || index >= file_limit()) return fail(Errno::ebadf);
  place(descriptor, std::move(file));
  return set_close_on_exec(descriptor, close_on_exec);
}

void FileTable::place(int descriptor, Ref<File> file) {
  auto index = static_cast<std::size_t>(descriptor);
  resize(index + 1);
  if (files_[index]) drop(index);
  used_[index / kWordBits] |= bit(index);
  files_[index] = std::move(file);
}

File* FileTable::find(int descriptor) const {
  auto index = static_cast<std::size_t>(descriptor);
  return descriptor >= 0 && index < files_.size() ? files_[index].get() : nullptr;
}

void FileTable::drop(std::size_t index) {
  used_[index / kWordBits] &= ~bit(index);
  close_on_exec_[index / kWordBits] &= ~bit(index);
  first_free_ = std::min(first_free_, index);
  Ref<File> file = std::exchange(files_[index], nullptr);
  // Closing any descriptor of a file ends the process' record locks on it (POSIX).
  if (file->path && file->path.inode().locks) file->path.inode().locks->release_owner(this);
  file->descriptor_closed();
}

Result<void> FileTable::close(int descriptor) {
  if (find(descriptor) == nullptr) return fail(Errno::ebadf);
  drop(static_cast<std::size_t>(descriptor));
  return {};
}

void FileTable::close_range(unsigned first, unsigned last) {
  for (std::size_t index = first; index <= last && index < files_.size(); ++index)
    if (files_[index]) drop(index);
}

void FileTable::set_close_on_exec_range(unsigned first, unsigned last) {
  for (std::size_t index = first; index <= last && index < files_.size(); ++index)
    if (files_[index]) close_on_exec_[index / kWordBits] |= bit(index);
}

bool FileTable::close_on_exec(int descriptor) const {
  auto index = static_cast<std::size_t>(descriptor);
  return find(descriptor) != nullptr && (close_on_exec_[index / kWordBits] & bit(index)) != 0;
}

Result<void> FileTable::set_close_on_exec(int descriptor, bool value) {
  if (find(descriptor) == nullptr) return fail(Errno::ebadf);
  auto index = static_cast<std::size_t>(descriptor);
  if (value)
    close_on_exec_[index / kWordBits] |= bit(index);
  else
    close_on_exec_[index / kWordBits] &= ~bit(index);
  return {};
}

Ref<FileTable> FileTable::copy() const {
  auto made = make_ref<FileTable>();
  // Only as far as it is used: fork copies this.
  std::size_t words = used_.size();
  while (words > 0 && used_[words - 1] == 0) --words;
  made->used_.assign(used_.begin(), used_.begin() + static_cast<std::ptrdiff_t>(words));
  made->close_on_exec_.assign(close_on_exec_.begin(), close_on_exec_.begin() + static_cast<std::ptrdiff_t>(words));
  made->files_.resize(words * kWordBits);
  made->first_free_ = first_free_;
  for (int descriptor = next_used(0); descriptor >= 0; descriptor = next_used(descriptor + 1)) {
    auto index = static_cast<std::size_t>(descriptor);
    made->files_[index] = files_[index];
  }
  return made;
}

void FileTable::close_for_exec() {
  for (std::size_t word = 0; word < close_on_exec_.size(); ++word)
    while ((close_on_exec_[word] & used_[word]) != 0)
      drop(word * kWordBits + static_cast<std::size_t>(std::countr_zero(close_on_exec_[word] & used_[word])));
}

void FileTable::close_all() {
  for (int descriptor = next_used(0); descriptor >= 0; descriptor = next_used(descriptor + 1))
    drop(static_cast<std::size_t>(descriptor));
}

int FileTable::next_used(int from) const {
  auto index = static_cast<std::size_t>(std::max(from, 0));
  for (std::size_t word = index / kWordBits; word < used_.size(); ++word) {
    std::uint64_t bits = used_[word];
    if (word == index / kWordBits) bits &= ~std::uint64_t{0} << (index % kWordBits);
    if (bits != 0) return static_cast<int>(word * kWordBits + static_cast<std::size_t>(std::countr_zero(bits)));
  }
  return -1;
}

// A descriptor argument is an int: the upper half of the register does not count.
Result<Ref<File>> any_file_at(std::uint64_t descriptor) {
  File* file = current_files().find(static_cast<int>(static_cast<std::uint32_t>(descriptor)));
  if (file == nullptr) return fail(Errno::ebadf);
  return Ref<File>(file);
}

Result<Ref<File>> file_at(std::uint64_t descriptor) {
  File* file = current_files().find(static_cast<int>(static_cast<std::uint32_t>(descriptor)));
  if (file == nullptr || file->path_only()) return fail(Errno::ebadf);
  return Ref<File>(file);
}

}  // namespace tessera::lx
