// SPDX-License-Identifier: Apache-2.0
// /proc/PID/mem: a process' memory as a file, for who may trace it. The file is of
// the program that ran when it was opened.
#include <algorithm>
#include <array>

#include "components/linux/fs/file.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {

class MemoryFile final : public File {
 public:
  MemoryFile(Ref<Inode> node, Ref<AddressSpace> memory, std::uint32_t flags)
      : File(flags), node_(std::move(node)), memory_(std::move(memory)) {}

  Result<std::size_t> read(IoBuffer& to, std::uint64_t& at) override {
    return move(at, to, [&](std::span<std::byte> piece, std::uint64_t address) {
      const std::size_t got = memory_->read_by_force(piece, address);
      return to.put(piece.first(got));
    });
  }
  Result<std::size_t> write(IoBuffer& from, std::uint64_t& at) override {
    return move(at, from, [&](std::span<std::byte> piece, std::uint64_t address) {
      return memory_->write_by_force(address, piece.first(from.take(piece)));
    });
  }
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] bool pollable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t offset, int whence) override {
    constexpr int kSet = 0, kCurrent = 1;
    if (whence == kSet) position = static_cast<std::uint64_t>(offset);
    else if (whence == kCurrent) position += static_cast<std::uint64_t>(offset);
    else return fail(Errno::einval);
    return position;
  }
  [[nodiscard]] Ref<Inode> inode() const override { return node_; }

 private:
  // Page by page: what is before a hole counts.
  template <typename Piece>
  Result<std::size_t> move(std::uint64_t& at, IoBuffer& buffer, Piece piece) {
    [[clang::uninitialized]] std::array<std::byte, kPageBytes> page;
    std::size_t done = 0;
    while (buffer.remaining() != 0) {
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.remaining(), kPageBytes - at % kPageBytes));
      const std::size_t moved = piece(std::span(page).first(length), at);
      at += moved;
      done += moved;
      if (moved < length) break;
    }
    if (done == 0 && buffer.remaining() != 0) return fail(buffer.faulted() ? Errno::efault : Errno::eio);
    return done;
  }

  Ref<Inode> node_;
  Ref<AddressSpace> memory_;
};

class MemoryNode final : public Inode {
 public:
  MemoryNode(std::int32_t pid, std::int32_t tid) : Inode(proc_file_system(), proc_inode(tid, 90)), pid_(pid), tid_(tid) {
    attributes.mode = kRegular | 0600;
  }
  Result<void> truncate(std::uint64_t) override { return {}; }
  Result<Ref<File>> open(std::uint32_t flags) override {
    if (!may_inspect(pid_)) return fail(Errno::eacces);
    const Thread* const thread = registry().thread(tid_);
    if (thread == nullptr || !thread->memory) return fail(Errno::esrch);
    return Ref<File>(make_ref<MemoryFile>(Ref<Inode>(this), thread->memory, flags));
  }

 private:
  std::int32_t pid_, tid_;
};

}  // namespace

Ref<Inode> proc_memory(std::int32_t pid, std::int32_t tid) { return make_ref<MemoryNode>(pid, tid); }

}  // namespace tessera::lx
