// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/disks.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "components/linux/core/log.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/boot.hpp"
#include "components/linux/fs/device.hpp"
#include "components/linux/fs/disk/device_file.hpp"
#include "components/linux/fs/disk/inode.hpp"
#include "components/linux/fs/mount.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {

// Linux' for block devices whose numbers are handed out as they come; a disk has so many.
constexpr std::uint64_t kMajor = 259, kMinorsOfDisk = 256;

std::vector<std::unique_ptr<DiskServer>>& disks() {
  static auto* list = new std::vector<std::unique_ptr<DiskServer>>;
  return *list;
}

struct DeviceNode {
  std::string name;
  std::uint64_t minor = 0, bytes = 0;
};
std::vector<DeviceNode>& nodes() {
  static auto* list = new std::vector<DeviceNode>;
  return *list;
}

void add_node(std::string name, std::uint64_t minor, std::uint64_t bytes) {
  add_device_node(name, kBlockDevice | 0660, kMajor, minor);
  nodes().push_back({std::move(name), minor, bytes});
}

struct DevicePlace {
  DiskServer* server = nullptr;
  std::uint8_t part = 0;
};

Result<DevicePlace> place_of(const Inode& node) {
  const std::uint64_t minor = device_minor(node.attributes.rdev), disk = minor / kMinorsOfDisk;
  if (device_major(node.attributes.rdev) != kMajor || disk >= disks().size()) return fail(Errno::enxio);
  return DevicePlace{disks()[disk].get(), static_cast<std::uint8_t>(minor % kMinorsOfDisk)};
}

Result<Ref<File>> open_disk(Inode& node, std::uint32_t flags) {
  const DevicePlace place = TRY(place_of(node));
  Volume volume(*place.server, place.part, wire::kKindAny, false);
  std::vector<wire::Part> parts;
  const wire::Disk disk = TRY(volume.describe(parts));
  if (disk.sector_bytes < 512 || disk.sector_bytes > kPageBytes || (disk.sector_bytes & (disk.sector_bytes - 1)) != 0)
    return fail(Errno::eio);
  return Ref<File>(make_ref<DiskDeviceFile>(std::move(volume), disk, flags));
}

// Those that are there, mounted or still in use.
struct Present {
  DevicePlace place;
  DiskFileSystem* file_system = nullptr;
};
std::vector<Present>& present() {
  static auto* list = new std::vector<Present>;
  return *list;
}

Result<std::uint64_t> kind_of(std::string_view type) {
  if (type == "auto") return std::uint64_t{wire::kKindAny};
  if (type == "ext4" || type == "ext3" || type == "ext2") return std::uint64_t{wire::kKindExt4};
  return fail(Errno::enodev);
}

// What mount(8) and fstab commonly say, all of which is so anyway.
Result<void> check_options(std::string_view options) {
  constexpr std::array<std::string_view, 6> kKnown{"", "defaults", "data=ordered", "errors=remount-ro", "barrier", "barrier=1"};
  while (!options.empty()) {
    const std::size_t comma = options.find(',');
    if (std::ranges::find(kKnown, options.substr(0, comma)) == kKnown.end()) return fail(Errno::einval);
    options = comma == std::string_view::npos ? std::string_view{} : options.substr(comma + 1);
  }
  return {};
}

// While files are written back now and then, their file systems stay, although they may be unmounted meanwhile.
bool writing_back = false;
WaitQueue& written_back() {
  static auto* queue = new WaitQueue;
  return *queue;
}

Present* present_at(const DevicePlace& place) {
  for (Present& one : present())
    if (one.place.server == place.server && one.place.part == place.part) return &one;
  return nullptr;
}

bool mounted(const DiskFileSystem& file_system) {
  return std::ranges::any_of(current_fs().mounts->all(), [&](const Ref<Mount>& mount) { return &mount->root->inode().file_system() == &file_system; });
}

// A file system that is mounted is the same one wherever it is mounted again.
Result<Ref<PathNode>> root_of(const DiskFileSystem& file_system, bool read_only) {
  if (file_system.read_only() != read_only) return fail(Errno::ebusy);
  for (const Ref<Mount>& mount : current_fs().mounts->all())
    if (&mount->root->inode().file_system() == &file_system && mount->root->parent() == nullptr) return mount->root;
  return fail(Errno::ebusy);  // unmounted, and still in use
}

}  // namespace

bool is_disk_type(std::string_view type) { return kind_of(type).has_value(); }

void forget_file_system(const DiskFileSystem& file_system) {
  std::erase_if(present(), [&](const Present& one) { return one.file_system == &file_system; });
}

void add_disk(std::unique_ptr<DiskServer> server) {
  const std::uint64_t number = disks().size();
  if (number == 0) register_block_device(kMajor, 0, std::uint64_t{1} << 20, open_disk);
  const std::string name = "disk" + decimal(number);
  Volume volume(*server, 0, wire::kKindAny, false);
  disks().push_back(std::move(server));
  std::vector<wire::Part> parts;
  const auto disk = volume.describe(parts);
  if (!disk) {
    log_line(name + ": its server says nothing of it");
    return;
  }
  add_node(name, number * kMinorsOfDisk, disk->bytes);
  for (const wire::Part& part : parts)
    if (part.number > 0 && part.number < kMinorsOfDisk)
      add_node(name + "p" + decimal(part.number), number * kMinorsOfDisk + part.number, part.bytes);
  log_line(name + ": " + decimal(disk->bytes >> 20) + " MiB, " + decimal(parts.size()) + " parts");
}

Result<Ref<PathNode>> mount_disk(const Inode& device, std::string_view type, std::string_view options, bool read_only) {
  if (device.type() != kBlockDevice) return fail(Errno::enotblk);
  TRY(check_options(options));
  const std::uint64_t kind = TRY(kind_of(type));
  const DevicePlace place = TRY(place_of(device));
  for (const Present* one = present_at(place); one != nullptr; one = present_at(place)) {
    if (!writing_back || mounted(*one->file_system)) return root_of(*one->file_system, read_only);
    WaitNode node(current_thread(), written_back());
    (void)sleep_uninterruptible();
  }
  Volume volume(*place.server, place.part, kind, read_only);
  const auto done = volume.mount();
  // Linux says of a disk that has no such file system that the argument is wrong.
  if (!done) return fail(done.error() == Errno::eopnotsupp ? Errno::einval : done.error());
  const wire::Mounted& mounted = *done;
  // mount(8) tries again to read only, and says so.
  if (!read_only && mounted.read_only != 0) {
    (void)volume.unmount();
    return fail(Errno::erofs);
  }
  const wire::Space space = TRY(volume.space());
  auto file_system = make_ref<DiskFileSystem>(std::move(volume), mounted, space);
  present().push_back({place, file_system.get()});
  return make_ref<PathNode>(nullptr, "/", Ref<Inode>(TRY(file_system->root())));
}

void write_back_disks() {
  std::vector<Ref<DiskFileSystem>> all;
  for (const Present& one : present()) all.emplace_back(one.file_system);
  writing_back = true;
  for (const Ref<DiskFileSystem>& one : all) (void)one->write_back(Hold::leave);
  all.clear();
  writing_back = false;
  written_back().wake_all();
}

void close_disks() {
  std::vector<Ref<DiskFileSystem>> all;
  for (const Present& one : present()) all.emplace_back(one.file_system);
  for (const Ref<DiskFileSystem>& one : all) {
    if (const auto done = one->sync(Hold::keep); !done) log_line(one->volume().server().name() + ": not all could be written back");
    if (const auto done = one->volume().unmount(); !done) log_line(one->volume().server().name() + ": unmounting failed");
  }
}

std::string partitions_text() {
  Text text;
  text << "major minor  #blocks  name\n\n";
  for (const DeviceNode& node : nodes())
    text << " " << kMajor << "  " << node.minor << "  " << node.bytes / 1024 << " " << node.name << "\n";
  return text.take();
}

bool any_disks() { return !disks().empty(); }

}  // namespace tessera::lx
