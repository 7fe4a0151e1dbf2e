// SPDX-License-Identifier: Apache-2.0
// The tree of names at start.
#include "components/linux/fs/boot.hpp"

#include <algorithm>
#include <optional>

#include "components/linux/core/random.hpp"
#include "components/linux/fs/device.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/node_cache.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/root_index.hpp"
#include "components/linux/fs/tmpfs.hpp"
#include "components/linux/fs/walk.hpp"
#include "components/linux/tty/devices.hpp"
#include "components/linux/tty/pts.hpp"

namespace tessera::lx {
namespace {

// Never destroyed: a component has no end at which destructors could run.
struct Tree {
  Path root;
  Ref<TmpDirectory> devices;
  Ref<PathNode> devices_root;  // one node for all its mounts: they must agree on names
};
Tree& tree();

std::uint64_t parse_number(std::string_view text, unsigned base) {
  std::uint64_t value = 0;
  for (char c : text) {
    auto digit = static_cast<unsigned>(c - '0');
    if (digit >= base || value > (std::uint64_t{1} << 50)) return value;
    value = value * base + digit;
  }
  return value;
}

// "64m" and the like; "50%" of all memory. In pages; nullopt for nonsense.
std::optional<std::uint64_t> parse_pages(std::string_view text) {
  if (text.empty()) return std::nullopt;
  char unit = text.back();
  std::uint64_t bytes = parse_number(text, 10);
  if (unit == '%') return frame_counts().total * std::min<std::uint64_t>(bytes, 100) / 100;
  switch (unit) {
    case 'k': case 'K': bytes <<= 10; break;
    case 'm': case 'M': bytes <<= 20; break;
    case 'g': case 'G': bytes <<= 30; break;
    default:
      if (unit < '0' || unit > '9') return std::nullopt;
  }
  return (bytes + kPageBytes - 1) / kPageBytes;
}

Result<Ref<Inode>> make_tmpfs_with(std::string_view options) {
  std::uint64_t pages = 0, inodes = 0;
  std::uint32_t mode = 01777, uid = 0, gid = 0;
  while (!options.empty()) {
    std::size_t comma = options.find(',');
    std::string_view option = options.substr(0, comma);
    options = comma == std::string_view::npos ? std::string_view{} : options.substr(comma + 1);
    std::size_t equals = option.find('=');
    if (option.empty()) continue;
    if (equals == std::string_view::npos) return fail(Errno::einval);
    std::string_view key = option.substr(0, equals), value = option.substr(equals + 1);
    if (key == "size") {
      auto parsed = parse_pages(value);
      if (!parsed) return fail(Errno::einval);
      pages = *parsed;
    } else if (key == "nr_inodes") {
      inodes = parse_number(value, 10);
    } else if (key == "mode") {
      mode = static_cast<std::uint32_t>(parse_number(value, 8)) & 07777;
    } else if (key == "uid") {
      uid = static_cast<std::uint32_t>(parse_number(value, 10));
    } else if (key == "gid") {
      gid = static_cast<std::uint32_t>(parse_number(value, 10));
    } else {
      return fail(Errno::einval);
    }
  }
  Ref<TmpDirectory> root = make_tmpfs("tmpfs", mode, pages, inodes);
  root->attributes.uid = uid;
  root->attributes.gid = gid;
  return Ref<Inode>(root);
}

// A directory to mount on, made where a root in memory does not have it. On a disk it must be there.
Result<Path> mount_point(const Path& parent, std::string_view name, std::uint32_t mode = 0755) {
  Path found{parent.mount, Ref<PathNode>(node_cache().find(*parent.node, name))};
  if (!found.node) {
    auto inode = parent.inode().lookup(name);
    if (!inode && parent.inode().file_system().magic() != TmpFs::kMagic) return fail(inode.error());
    if (!inode) {
      Ref<TmpDirectory> made =
          make_ref<TmpDirectory>(static_cast<TmpDirectory&>(parent.inode()).tmpfs(), kDirectory | mode, 0U, 0U);
      TRY(static_cast<TmpDirectory&>(parent.inode()).adopt(name, made));
      inode = Ref<Inode>(made);
    }
    if (!(*inode)->directory()) return fail(Errno::enotdir);
    found.node = node_cache().insert(*parent.node, name, *inode);
  }
  return found;
}

Ref<PathNode> root_node(Ref<Inode> root) { return make_ref<PathNode>(nullptr, "/", std::move(root)); }

Result<Path> mount_at(const Path& parent, std::string_view name, Ref<PathNode> root, std::string_view source,
                      std::uint64_t flags) {
  Path point = TRY(mount_point(parent, name));
  TRY(initial_mounts().mount(point, std::move(root), source, flags | kMountRelativeTime));
  enter_mounts(point);
  return point;
}

void add_device(Tree& to, std::string_view name, std::uint32_t mode, std::uint64_t major, std::uint64_t minor) {
  auto node = make_ref<TmpInode>(to.devices->tmpfs(), mode, 0U, 0U);
  node->attributes.rdev = make_device(major, minor);
  (void)to.devices->adopt(name, std::move(node));
}

void add_link(Tree& to, std::string_view name, std::string_view target) {
  (void)to.devices->adopt(name, make_ref<TmpLink>(to.devices->tmpfs(), target, 0U, 0U));
}

// Devices are there before there is a root.
Tree* plant() {
  auto* made = new Tree;
  register_memory_devices();
  register_terminal_devices();
  made->devices = make_tmpfs("devtmpfs", 0755);
  made->devices_root = root_node(made->devices);
  add_device(*made, "null", kCharDevice | 0666, 1, 3);
  add_device(*made, "zero", kCharDevice | 0666, 1, 5);
  add_device(*made, "full", kCharDevice | 0666, 1, 7);
  add_device(*made, "random", kCharDevice | 0666, 1, 8);
  add_device(*made, "urandom", kCharDevice | 0666, 1, 9);
  add_device(*made, "tty", kCharDevice | 0666, 5, 0);
  add_device(*made, "console", kCharDevice | 0600, 5, 1);
  add_device(*made, "ptmx", kCharDevice | 0666, 5, 2);
  add_link(*made, "fd", "/proc/self/fd");
  add_link(*made, "stdin", "/proc/self/fd/0");
  add_link(*made, "stdout", "/proc/self/fd/1");
  add_link(*made, "stderr", "/proc/self/fd/2");
  return made;
}

Tree& tree() {
  static Tree* the_tree = plant();
  return *the_tree;
}

}  // namespace

void add_device_node(std::string_view name, std::uint32_t mode, std::uint64_t major, std::uint64_t minor) {
  add_device(tree(), name, mode, major, minor);
}

Result<Path> find_device_node(std::string_view name) {
  Ref<FsContext> context = initial_fs_context();
  Credentials root;
  Walker walker(context->cwd, context->root, root);
  std::string path("/dev/");
  path.append(name);
  TRY(walker.begin(path));
  return finish_walk(walker, true);
}

Result<Ref<PathNode>> file_system_root(std::string_view type, std::string_view options) {
  if (type == "tmpfs" || type == "ramfs") {
    Ref<Inode> root = TRY(make_tmpfs_with(options));
    return root_node(std::move(root));
  }
  if (type == "proc") return root_node(proc_root());
  if (type == "sysfs") return root_node(sys_root());
  if (type == "devtmpfs") return tree().devices_root;
  if (type == "devpts") return root_node(pts_root());
  return fail(Errno::enodev);
}

Result<void> load_root(std::span<const std::byte> index) {
  Ref<TmpDirectory> root = make_tmpfs("tmpfs", 0755);
  if (!index.empty()) TRY(load_root_index(*root, index));
  return use_root(root, "tmpfs", kMountRelativeTime);
}

Result<void> use_root(Ref<Inode> root, std::string_view source, std::uint64_t flags) {
  tree().root.mount = initial_mounts().mount_root(std::move(root), source);
  tree().root.mount->flags = flags;
  tree().root.node = tree().root.mount->root;
  Path dev = TRY(mount_at(tree().root, "dev", tree().devices_root, "devtmpfs", kMountNoSuid));
  TRY(mount_at(dev, "pts", root_node(pts_root()), "devpts", kMountNoSuid | kMountNoExec));
  TRY(mount_at(dev, "shm", root_node(make_tmpfs()), "tmpfs", kMountNoSuid | kMountNoDev));
  TRY(mount_at(tree().root, "proc", root_node(proc_root()), "proc", kMountNoSuid | kMountNoDev | kMountNoExec));
  TRY(mount_at(tree().root, "sys", root_node(sys_root()), "sysfs", kMountNoSuid | kMountNoDev | kMountNoExec));
  TRY(mount_point(tree().root, "tmp", 01777));
  return {};
}

Ref<FsContext> initial_fs_context() { return make_ref<FsContext>(tree().root, tree().root, 022U, Ref<MountTable>(&initial_mounts())); }

Result<void> set_working_directory(FsContext& context, std::string_view path) {
  // Before there is a process to ask for its credentials: as root.
  Credentials root;
  Walker walker(context.cwd, context.root, root);
  TRY(walker.begin(path));
  Path found = TRY(finish_walk(walker, true));
  if (!found.inode().directory()) return fail(Errno::enotdir);
  context.cwd = found;
  return {};
}

}  // namespace tessera::lx
