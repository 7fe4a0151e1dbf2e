// SPDX-License-Identifier: Apache-2.0
// unshare, setns, pivot_root.
#include <algorithm>
#include <array>

#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/proc/namespace_file.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/process/namespaces.hpp"
#include "components/linux/process/pidfd.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/uts.hpp"

namespace tessera::lx {

namespace {

// CLONE_* that unshare takes.
constexpr std::uint64_t kMemory = 0x100, kFs = 0x200, kFiles = 0x400, kSigHand = 0x800, kThread = 0x10000, kSysvSem = 0x40000;

bool privileged() { return current_credentials().euid == 0; }

Result<void> enter_mounts_of(Thread& self, Ref<MountTable> mounts) {
  if (self.fs->references() > 1) return fail(Errno::einval);
  const Path root = mounts->root();
  self.fs->mounts = std::move(mounts);
  self.fs->root = self.fs->cwd = root;
  return {};
}

Result<std::int64_t> enter_namespaces_of(const Process& process, std::uint64_t kinds) {
  Thread& self = current_thread();
  if (kinds == 0 || (kinds & ~(kNewMounts | kNewNames)) != 0) return fail(Errno::einval);
  const Thread* const leader = process.leader();
  if (leader == nullptr || !leader->fs) return fail(Errno::esrch);
  if ((kinds & kNewMounts) != 0) TRY(enter_mounts_of(self, leader->fs->mounts));
  if ((kinds & kNewNames) != 0) self.uts = uts_of(leader);
  return 0;
}

}  // namespace

Result<void> check_new_namespaces(std::uint64_t flags) {
  if ((flags & kNewOthers) != 0) return fail(Errno::einval);
  if ((flags & (kNewMounts | kNewNames)) != 0 && !privileged()) return fail(Errno::eperm);
  return {};
}

void make_namespaces(std::uint64_t flags, FsContext& fs, Ref<UtsNames>& names) {
  if ((flags & kNewMounts) != 0) {
    const std::array<Path*, 2> paths{&fs.root, &fs.cwd};
    fs.mounts = fs.mounts->copy(paths);
  }
  if ((flags & kNewNames) != 0) names = names->copy();
}

Result<std::int64_t> sys_unshare(const Arguments& a) {
  const std::uint64_t flags = a[0];
  constexpr std::uint64_t kSingle = kMemory | kSigHand | kThread;
  Thread& self = current_thread();
  if ((flags & ~(kSingle | kFs | kFiles | kSysvSem | kNewMounts | kNewNames | kNewOthers)) != 0) return fail(Errno::einval);
  TRY(check_new_namespaces(flags));
  // Threads cannot be taken apart.
  if ((flags & kSingle) != 0 && self.process.threads.size() != 1) return fail(Errno::einval);
  if ((flags & kMemory) != 0 && self.memory->references() > 1) return fail(Errno::einval);
  if ((flags & kSigHand) != 0 && self.process.actions->references() > 1) return fail(Errno::einval);
  if ((flags & (kFs | kNewMounts)) != 0 && self.fs->references() > 1) self.fs = self.fs->copy();
  if ((flags & kFiles) != 0 && self.files->references() > 1) self.files = self.files->copy();
  self.uts = uts_of(&self);
  make_namespaces(flags, *self.fs, self.uts);
  return 0;
}

Result<std::int64_t> sys_setns(const Arguments& a) {
  const std::uint64_t kinds = low32(a[1]);
  const Ref<File> file = TRY(file_at(a[0]));
  if (PidFile* const of = file->pid_file(); of != nullptr) {
    if (!privileged()) return fail(Errno::eperm);
    if (of->process() == nullptr) return fail(Errno::esrch);
    return enter_namespaces_of(*of->process(), kinds);
  }
  const NamespaceFile* const found = file->namespace_file();
  if (found == nullptr) return fail(Errno::einval);
  if (kinds != 0 && kinds != (found->mounts() ? kNewMounts : kNewNames)) return fail(Errno::einval);
  if (!privileged()) return fail(Errno::eperm);
  Thread& self = current_thread();
  if (found->mounts()) TRY(enter_mounts_of(self, found->mounts()));
  else self.uts = found->names();
  return 0;
}

Result<std::int64_t> sys_pivot_root(const Arguments& a) {
  if (!privileged()) return fail(Errno::eperm);
  const Path new_root = TRY(path_at(kAtFdCwd, a[0], true)), put_old = TRY(path_at(kAtFdCwd, a[1], true));
  if (!new_root.inode().directory() || !put_old.inode().directory()) return fail(Errno::enotdir);
  const Path root = current_fs().root;
  TRY(current_fs().mounts->pivot(root, new_root, put_old));
  // Who had the old root has the new one.
  registry().for_each_process([&](const Process& process) {
    for (const Thread* const thread : process.threads) {
      if (!thread->fs) continue;
      if (thread->fs->root == root) thread->fs->root = new_root;
      if (thread->fs->cwd == root) thread->fs->cwd = new_root;
    }
  });
  return 0;
}

Ref<UtsNames> process_names(std::int32_t pid) {
  const Process* const process = registry().process(pid);
  return uts_of(process != nullptr ? process->leader() : nullptr);
}

}  // namespace tessera::lx
