// SPDX-License-Identifier: Apache-2.0
// /proc/PID/ns: a link for each namespace that a process may have of its own.
#include <array>

#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/proc/namespace_file.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

constexpr std::array<std::string_view, 2> kNames{"mnt", "uts"};

FileSystem& namespace_file_system() {
  static FileSystem* file_system = [] {
    auto* made = new FileSystem("nsfs", 0x6e736673);
    made->retain();
    return made;
  }();
  return *file_system;
}

class NamespaceInode final : public Inode {
 public:
  NamespaceInode(Ref<MountTable> mounts, Ref<UtsNames> names, std::uint64_t number)
      : Inode(namespace_file_system(), number), mounts_(std::move(mounts)), names_(std::move(names)) {
    attributes.mode = kRegular | 0444;
  }
  Result<Ref<File>> open(std::uint32_t flags) override {
    return Ref<File>(make_ref<NamespaceFile>(mounts_, names_, Ref<Inode>(this), flags));
  }
  [[nodiscard]] std::string text() const {
    Text text;
    text << kNames[mounts_ ? 0 : 1] << ":[" << number() << ']';
    return text.take();
  }

 private:
  Ref<MountTable> mounts_;
  Ref<UtsNames> names_;
};

class NamespaceLink final : public ProcLink {
 public:
  NamespaceLink(std::int32_t pid, std::size_t index) : ProcLink(proc_inode(pid, 90 + index)), pid_(pid), index_(index) {}
  Result<std::string> read_link() override { return TRY(target())->text(); }
  Result<bool> follow_magic(Path& to) override {
    const Ref<NamespaceInode> inode = TRY(target());
    to = unnamed_path(inode->text(), inode);
    return true;
  }

 private:
  Result<Ref<NamespaceInode>> target() const {
    if (!may_inspect(pid_)) return fail(Errno::eacces);
    const FsContext* const context = process_fs(pid_);
    if (context == nullptr) return fail(Errno::enoent);
    if (index_ == 0) return make_ref<NamespaceInode>(context->mounts, nullptr, context->mounts->number());
    const Ref<UtsNames> names = process_names(pid_);
    return make_ref<NamespaceInode>(nullptr, names, names->number());
  }
  std::int32_t pid_;
  std::size_t index_;
};

class NamespaceDirectory final : public ProcDirectory {
 public:
  explicit NamespaceDirectory(std::int32_t pid) : ProcDirectory(proc_inode(pid, 89), 0511), pid_(pid) {}
  Result<Ref<Inode>> lookup(std::string_view name) override {
    for (std::size_t i = 0; i < kNames.size(); ++i)
      if (kNames.at(i) == name) return Ref<Inode>(make_ref<NamespaceLink>(pid_, i));
    return fail(Errno::enoent);
  }
  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override {
    for (; position - kFirstDirectoryPosition < kNames.size(); ++position) {
      const std::size_t i = static_cast<std::size_t>(position - kFirstDirectoryPosition);
      if (!sink.add({kNames.at(i), proc_inode(pid_, 90 + i), kSymlink, position + 1})) return {};
    }
    return {};
  }

 private:
  std::int32_t pid_;
};

}  // namespace

Ref<Inode> proc_namespaces(std::int32_t pid) { return make_ref<NamespaceDirectory>(pid); }

}  // namespace tessera::lx
