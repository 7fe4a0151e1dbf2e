// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/seals.hpp"

#include "components/linux/core/mapped_pages.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/fs/inode.hpp"

namespace tessera::lx {

Result<std::int64_t> add_seals(File& file, std::uint32_t seals) {
  if (!file.writable()) return fail(Errno::eperm);
  if ((seals & ~kAllSeals) != 0) return fail(Errno::einval);
  const Ref<Inode> inode = file.inode();
  std::uint32_t* const held = inode ? inode->seals() : nullptr;
  if (held == nullptr) return fail(Errno::einval);
  if ((*held & kSealSeal) != 0) return fail(Errno::eperm);
  if ((seals & kSealWrite) != 0 && (*held & kSealWrite) == 0 && mapped_for_writing(*inode)) return fail(Errno::ebusy);
  // A program that can no longer be made another must not become one by its contents.
  if ((seals & kSealExec) != 0 && (inode->attributes.mode & 0111) != 0)
    seals |= kSealShrink | kSealGrow | kSealWrite | kSealFutureWrite;
  *held |= seals;
  return 0;
}

Result<std::int64_t> get_seals(const File& file) {
  const Ref<Inode> inode = file.inode();
  const std::uint32_t* const held = inode ? inode->seals() : nullptr;
  if (held == nullptr) return fail(Errno::einval);
  return *held;
}

}  // namespace tessera::lx
