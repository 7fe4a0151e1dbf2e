// SPDX-License-Identifier: Apache-2.0
// A process' descriptors. Shared between threads (CLONE_FILES), copied by fork.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

class FileTable : public RefCounted {
 public:
  ~FileTable() override;

  // Whether install would find room: for who must not change anything when there is none. EMFILE.
  [[nodiscard]] Result<void> check_room() const;
  // The lowest free descriptor from `lowest` on. EMFILE at RLIMIT_NOFILE.
  Result<int> install(Ref<File> file, bool close_on_exec, int lowest = 0);
  // At exactly this descriptor, closing what was there. EBADF outside the limit.
  Result<void> install_at(int descriptor, Ref<File> file, bool close_on_exec);
  // The same without a limit to ask for: before there is a first process.
  void place(int descriptor, Ref<File> file);
  // Null when there is none; O_PATH files too.
  [[nodiscard]] File* find(int descriptor) const;
  Result<void> close(int descriptor);
  // close_range, without and with CLOSE_RANGE_CLOEXEC.
  void close_range(unsigned first, unsigned last);
  void set_close_on_exec_range(unsigned first, unsigned last);
  [[nodiscard]] bool close_on_exec(int descriptor) const;
  Result<void> set_close_on_exec(int descriptor, bool value);

  [[nodiscard]] Ref<FileTable> copy() const;  // fork
  void close_for_exec();                      // closes what is marked
  void close_all();                           // exit

  // Descriptors that it can hold without growing.
  [[nodiscard]] std::size_t room() const { return files_.size(); }
  // The lowest used descriptor from this one on, or -1.
  [[nodiscard]] int next_used(int from) const;

 private:
  static constexpr std::size_t kWordBits = 64;
  [[nodiscard]] std::size_t lowest_free(std::size_t from) const;
  void resize(std::size_t count);
  void drop(std::size_t index);

  std::vector<Ref<File>> files_;
  std::vector<std::uint64_t> used_, close_on_exec_;
  std::size_t first_free_ = 0;  // no free descriptor below it
};

// Of the current process. EBADF; file_at refuses O_PATH descriptors.
Result<Ref<File>> file_at(std::uint64_t descriptor);
Result<Ref<File>> any_file_at(std::uint64_t descriptor);

}  // namespace tessera::lx
