// SPDX-License-Identifier: Apache-2.0
// /proc: the file system whose files are made up when they are read. /sys is made of the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/inode.hpp"

namespace tessera::lx {

Ref<Inode> proc_root();
Ref<Inode> sys_root();

class MountTable;

// For the parts of /proc.
FileSystem& proc_file_system();

// A file whose text is made anew each time it is read from the start.
class ProcFile : public Inode {
 public:
  ProcFile(std::uint64_t number, std::uint32_t permissions, FileSystem& of = proc_file_system());
  virtual Result<std::string> text() = 0;
  // The whole of one write.
  virtual Result<void> store(std::string_view) { return fail(Errno::einval); }
  Result<void> truncate(std::uint64_t) override { return {}; }
  Result<Ref<File>> open(std::uint32_t flags) override;
};

class ProcDirectory : public Inode {
 public:
  ProcDirectory(std::uint64_t number, std::uint32_t permissions = 0555, FileSystem& of = proc_file_system());
};

class ProcLink : public Inode {
 public:
  explicit ProcLink(std::uint64_t number);
};

// Files that are about the system, by path below /proc: global.cpp.
Ref<Inode> proc_global_directory();

// /proc/PID, or /proc/PID/task/TID. Null when there is no such process.
Ref<Inode> proc_process(std::int32_t pid, std::int32_t tid, bool task);
// A process, and not another that later got its number.
struct ProcessIdentity {
  std::int32_t pid = 0;
  std::uint64_t start_ns = 0;
};
// Whose /proc/PID that is; nothing when it is something else.
std::optional<ProcessIdentity> process_of(const Inode& directory);
// /proc/PID/fd and fdinfo.
Ref<Inode> proc_descriptors(std::int32_t pid, bool info);

// /proc/PID/mem (trace/memory_file.cpp).
Ref<Inode> proc_memory(std::int32_t pid, std::int32_t tid);
// /proc/PID/ns.
Ref<Inode> proc_namespaces(std::int32_t pid);

// Text of mounts and mountinfo.
std::string mounts_text(const MountTable& mounts);
std::string mount_info_text(const MountTable& mounts);
std::string cpu_text();  // of cpuinfo

// Inode numbers: of system files, and of files of a process.
constexpr std::uint64_t kProcGlobalInodes = 0x1000;
constexpr std::uint64_t proc_inode(std::int32_t pid, std::uint64_t which) {
  return 0x10'0000 + (static_cast<std::uint64_t>(pid) << 24) + which;
}
constexpr std::uint64_t proc_which(std::uint64_t inode) { return (inode - 0x10'0000) & 0xff'ffff; }

// A decimal number and nothing else, or -1.
std::int32_t parse_id(std::string_view text);

}  // namespace tessera::lx
