// SPDX-License-Identifier: Apache-2.0
// What all files of /proc are made of.
#include "components/linux/fs/proc/proc.hpp"

#include <array>

#include "components/linux/fs/inode_file.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint64_t kMagic = 0x9fa0;

class ProcFileSystem final : public FileSystem {
 public:
  ProcFileSystem() : FileSystem("proc", kMagic) {}
  [[nodiscard]] bool names_are_stable() const override { return false; }
};

// The text as it was when the reader was at its start.
class ProcOpenFile final : public File {
 public:
  ProcOpenFile(Ref<ProcFile> node, std::uint32_t flags) : File(flags), node_(std::move(node)) {}

  Result<std::size_t> read(IoBuffer& to, std::uint64_t& at) override {
    if (at == 0 || !made_) {
      text_ = TRY(node_->text());
      made_ = true;
    }
    if (at >= text_.size()) return 0U;
    std::size_t done = to.put(std::as_bytes(std::span<const char>(text_)).subspan(at));
    if (done == 0 && to.faulted()) return fail(Errno::efault);
    at += done;
    return done;
  }

  Result<std::size_t> write(IoBuffer& from, std::uint64_t& at) override {
    std::array<char, 256> buffer{};
    std::size_t length = from.take(std::as_writable_bytes(std::span(buffer)));
    if (from.faulted()) return fail(Errno::efault);
    TRY(node_->store(std::string_view(buffer.data(), buffer.size()).substr(0, length)));
    at += length;
    return length;
  }

  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] bool pollable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t offset, int whence) override {
    position = TRY(seek_position(position, made_ ? text_.size() : 0, offset, whence));
    return position;
  }
  [[nodiscard]] Ref<Inode> inode() const override { return node_; }

 private:
  Ref<ProcFile> node_;
  std::string text_;
  bool made_ = false;
};

void stamp(Inode& inode, std::uint32_t mode) {
  inode.attributes.mode = mode;
  inode.attributes.accessed = inode.attributes.modified = inode.attributes.changed = current_time();
}

}  // namespace

FileSystem& proc_file_system() {
  static FileSystem* file_system = [] {
    auto* made = new ProcFileSystem;
    made->retain();
    return made;
  }();
  return *file_system;
}

ProcFile::ProcFile(std::uint64_t number, std::uint32_t permissions, FileSystem& of) : Inode(of, number) {
  stamp(*this, kRegular | permissions);
}
ProcDirectory::ProcDirectory(std::uint64_t number, std::uint32_t permissions, FileSystem& of) : Inode(of, number) {
  stamp(*this, kDirectory | permissions);
  attributes.links = 2;
}
ProcLink::ProcLink(std::uint64_t number) : Inode(proc_file_system(), number) { stamp(*this, kSymlink | 0777); }

Result<Ref<File>> ProcFile::open(std::uint32_t flags) {
  return Ref<File>(make_ref<ProcOpenFile>(Ref<ProcFile>(this), flags));
}

Ref<Inode> proc_root() { return proc_global_directory(); }

std::int32_t parse_id(std::string_view text) {
  if (text.empty() || text.size() > 9 || (text.size() > 1 && text.front() == '0')) return -1;
  std::int32_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace tessera::lx
