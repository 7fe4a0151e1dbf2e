// SPDX-License-Identifier: Apache-2.0
// /proc/PID/fd and /proc/PID/fdinfo.
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file_table.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

Ref<File> file_of(std::int32_t pid, std::int32_t descriptor) {
  FileTable* table = process_files(pid);
  return Ref<File>(table != nullptr ? table->find(descriptor) : nullptr);
}

class DescriptorLink final : public ProcLink {
 public:
  DescriptorLink(std::int32_t pid, std::int32_t descriptor)
      : ProcLink(proc_inode(pid, 0x1000 + static_cast<std::uint64_t>(descriptor))), pid_(pid), descriptor_(descriptor) {
    // The permissions tell how the file is open.
    if (Ref<File> file = file_of(pid, descriptor); file)
      attributes.mode = kSymlink | 0100 | (file->readable() ? 0400 : 0) | (file->writable() ? 0200 : 0);
    attributes.size = 64;
  }
  Result<std::string> read_link() override {
    if (!may_inspect(pid_)) return fail(Errno::eacces);
    Ref<File> file = file_of(pid_, descriptor_);
    if (!file || !file->path) return fail(Errno::enoent);
    return path_text(file->path, current_fs().root);
  }
  Result<bool> follow_magic(Path& target) override {
    if (!may_inspect(pid_)) return fail(Errno::eacces);
    Ref<File> file = file_of(pid_, descriptor_);
    if (!file || !file->path) return fail(Errno::enoent);
    target = file->path;
    return true;
  }

 private:
  std::int32_t pid_, descriptor_;
};

class DescriptorInfo final : public ProcFile {
 public:
  DescriptorInfo(std::int32_t pid, std::int32_t descriptor)
      : ProcFile(proc_inode(pid, 0x200000 + static_cast<std::uint64_t>(descriptor)), 0400),
        pid_(pid),
        descriptor_(descriptor) {}
  Result<std::string> text() override {
    Ref<File> file = file_of(pid_, descriptor_);
    if (!file) return fail(Errno::enoent);
    bool close_on_exec = process_files(pid_)->close_on_exec(descriptor_);
    Text text;
    text << "pos:\t" << file->position << "\nflags:\t0";
    text.octal(file->flags() | (close_on_exec ? kOpenCloseOnExec : 0)) << "\nmnt_id:\t"
        << (file->path && file->path.mount ? file->path.mount->number : 0) << "\nino:\t"
        << (file->inode() ? file->inode()->number() : 0) << '\n';
    return text.take();
  }

 private:
  std::int32_t pid_, descriptor_;
};

class DescriptorDirectory final : public ProcDirectory {
 public:
  DescriptorDirectory(std::int32_t pid, bool info)
      : ProcDirectory(proc_inode(pid, info ? 82 : 81), 0500), pid_(pid), info_(info) {}

  Result<Ref<Inode>> lookup(std::string_view name) override {
    std::int32_t descriptor = parse_id(name);
    if (descriptor < 0 || !file_of(pid_, descriptor)) return fail(Errno::enoent);
    Ref<Inode> made;
    if (info_)
      made = make_ref<DescriptorInfo>(pid_, descriptor);
    else
      made = make_ref<DescriptorLink>(pid_, descriptor);
    made->attributes.uid = attributes.uid;
    made->attributes.gid = attributes.gid;
    return made;
  }

  Result<void> read_directory(std::uint64_t& position, DirectorySink& sink) override {
    FileTable* table = process_files(pid_);
    if (table == nullptr) return fail(Errno::enoent);
    auto next = [&] { return table->next_used(static_cast<int>(position - kFirstDirectoryPosition)); };
    for (int descriptor = next(); descriptor >= 0; descriptor = next()) {
      Text name;
      name << descriptor;
      std::uint64_t behind = kFirstDirectoryPosition + static_cast<std::uint64_t>(descriptor) + 1;
      std::uint64_t number =
          proc_inode(pid_, (info_ ? 0x200000u : 0x1000u) + static_cast<std::uint64_t>(descriptor));
      if (!sink.add({name.view(), number, info_ ? kRegular : kSymlink, behind})) return {};
      position = behind;
    }
    return {};
  }

 private:
  std::int32_t pid_;
  bool info_;
};

}  // namespace

Ref<Inode> proc_descriptors(std::int32_t pid, bool info) { return make_ref<DescriptorDirectory>(pid, info); }

}  // namespace tessera::lx
