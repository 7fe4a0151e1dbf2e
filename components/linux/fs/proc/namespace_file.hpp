// SPDX-License-Identifier: Apache-2.0
// A namespace that is held by an open file: what /proc/PID/ns leads to, for setns(2).
#pragma once

#include "components/linux/fs/file.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/process/uts.hpp"

namespace tessera::lx {

class NamespaceFile final : public File {
 public:
  // One of the two.
  NamespaceFile(Ref<MountTable> mounts, Ref<UtsNames> names, Ref<Inode> inode, std::uint32_t flags)
      : File(flags), mounts_(std::move(mounts)), names_(std::move(names)), inode_(std::move(inode)) {}
  [[nodiscard]] const NamespaceFile* namespace_file() const override { return this; }
  [[nodiscard]] const Ref<MountTable>& mounts() const { return mounts_; }
  [[nodiscard]] const Ref<UtsNames>& names() const { return names_; }
  [[nodiscard]] bool pollable() const override { return false; }
  [[nodiscard]] Ref<Inode> inode() const override { return inode_; }

 private:
  Ref<MountTable> mounts_;
  Ref<UtsNames> names_;
  Ref<Inode> inode_;
};

}  // namespace tessera::lx
