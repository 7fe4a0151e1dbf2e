// SPDX-License-Identifier: Apache-2.0
// /proc/PID/mounts and mountinfo, as seen from the reader's root.
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

// Blanks and the like are written as octal escapes.
void put_escaped(Text& text, std::string_view value) {
  for (char c : value) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\\')
      (text << '\\').octal(static_cast<unsigned char>(c), 3);
    else
      text << c;
  }
}

std::string where(const Ref<Mount>& mount) {
  return path_text(Path{mount, mount->root}, current_fs().root);
}

void put_flags(Text& text, const Mount& mount) {
  text << (mount.read_only() ? "ro" : "rw");
  if ((mount.flags & kMountNoSuid) != 0) text << ",nosuid";
  if ((mount.flags & kMountNoDev) != 0) text << ",nodev";
  if ((mount.flags & kMountNoExec) != 0) text << ",noexec";
  if ((mount.flags & kMountNoAccessTime) != 0) text << ",noatime";
  if ((mount.flags & kMountRelativeTime) != 0) text << ",relatime";
}

}  // namespace

std::string mounts_text(const MountTable& mounts) {
  Text text;
  for (const Ref<Mount>& mount : mounts.all()) {
    const FileSystem& file_system = mount->root->inode().file_system();
    put_escaped(text, mount->source);
    text << ' ';
    put_escaped(text, where(mount));
    text << ' ' << file_system.type() << ' ';
    put_flags(text, *mount);
    text << file_system.options() << " 0 0\n";
  }
  return text.take();
}

std::string mount_info_text(const MountTable& mounts) {
  Text text;
  for (const Ref<Mount>& mount : mounts.all()) {
    const FileSystem& file_system = mount->root->inode().file_system();
    text << mount->number << ' ' << (mount->parent ? mount->parent->number : mount->number) << ' '
         << device_major(file_system.device()) << ':' << device_minor(file_system.device()) << ' ';
    // What part of the file system is mounted: the way up from the mount's root.
    std::string part;
    for (const PathNode* node = mount->root.get(); node->parent() != nullptr; node = node->parent()) {
      part.insert(0, node->name());
      part.insert(0, 1, '/');
    }
    put_escaped(text, part.empty() ? "/" : part);
    text << ' ';
    put_escaped(text, where(mount));
    text << ' ';
    put_flags(text, *mount);
    text << " - " << file_system.type() << ' ';
    put_escaped(text, mount->source);
    text << (mount->read_only() ? " ro" : " rw") << file_system.options() << '\n';
  }
  return text.take();
}

}  // namespace tessera::lx
