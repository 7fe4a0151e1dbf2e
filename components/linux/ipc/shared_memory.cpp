// SPDX-License-Identifier: Apache-2.0
// System V shared memory: shmget, shmat, shmdt, shmctl.
//
// The pages of all segments together are never more than memory has. Who is
// attached is not counted but looked up: mappings are split, moved and dropped
// in many places.
#include <algorithm>
#include <string>
#include <vector>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/ipc/limits.hpp"
#include "components/linux/ipc/object.hpp"
#include "components/linux/ipc/table.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kDestroyed = 01000, kLocked = 02000;  // in its mode

}  // namespace

class SharedSegment final : public Backing {
 public:
  SharedSegment(std::int32_t number, std::int32_t key, std::uint64_t bytes, std::uint32_t mode);
  ~SharedSegment() override;
  Result<Frame> page(std::uint64_t index, bool for_write) override { return pages_->page(index, for_write); }
  [[nodiscard]] bool fault_around() const override { return false; }
  [[nodiscard]] bool cached(std::uint64_t index) override { return pages_->cached(index); }
  Result<void> remove_pages(std::uint64_t first, std::uint64_t end) override {
    pages_->remove_pages_of(this, first, end);
    return {};
  }
  [[nodiscard]] const void* identity() const override { return this; }
  [[nodiscard]] SharedSegment* segment() override { return this; }
  [[nodiscard]] std::string path() const override;
  [[nodiscard]] std::uint64_t page_count() const { return (bytes_ + kPageBytes - 1) / kPageBytes; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t attached();
  [[nodiscard]] std::uint64_t resident_pages() const { return pages_->resident_pages(); }

  const std::int32_t id;
  IpcPermissions permissions;
  std::int64_t attach_time = 0, detach_time = 0, change_time = ipc_time();
  std::int32_t creator_pid = current_pid(), last_pid = 0;

 private:
  std::uint64_t bytes_;
  Ref<SharedMemory> pages_;
};

namespace {

// A segment that was removed stays here until its last mapping goes.
IpcTable<SharedSegment>& segments() {
  static auto* all = new IpcTable<SharedSegment>;
  return *all;
}
std::uint64_t all_pages = 0;

}  // namespace

SharedSegment::SharedSegment(std::int32_t number, std::int32_t key, std::uint64_t bytes, std::uint32_t mode)
    : id(number), permissions(new_permissions(key, mode)), bytes_(bytes), pages_(make_ref<SharedMemory>(page_count())) {
  all_pages += page_count();
}

SharedSegment::~SharedSegment() {
  all_pages -= page_count();
  segments().remove(*this);
}

std::string SharedSegment::path() const {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "/SYSV";
  for (int shift = 28; shift >= 0; shift -= 4)
    text += kDigits[static_cast<std::uint32_t>(permissions.key) >> shift & 0xf];
  return text + " (deleted)";
}

std::uint64_t SharedSegment::attached() {
  std::uint64_t count = 0;
  std::vector<const AddressSpace*> seen;  // vfork: two processes, one space
  registry().for_each_process([&](const Process& process) {
    const Thread* const thread = process.leader();
    if (thread == nullptr || !thread->memory || std::ranges::find(seen, thread->memory.get()) != seen.end()) return;
    seen.push_back(thread->memory.get());
    for (const Area& area : thread->memory->areas().all())
      if (area.backing.get() == this && area.offset_pages == 0) ++count;
  });
  return count;
}

namespace {

Result<Ref<SharedSegment>> segment_of(std::int32_t id) {
  SharedSegment* const segment = segments().find(id);
  if (segment == nullptr) return fail(Errno::einval);
  return Ref<SharedSegment>(segment);
}

Result<std::int64_t> make_segment(std::int32_t key, std::uint64_t bytes, std::uint32_t flags) {
  constexpr std::uint32_t kHugePages = 04000;
  if (bytes == 0 || bytes > kMostSegmentBytes) return fail(Errno::einval);
  if ((flags & kHugePages) != 0) return fail(Errno::enomem);  // there is no huge page to be had
  const std::uint64_t pages = bytes / kPageBytes + (bytes % kPageBytes != 0 ? 1 : 0);
  if (segments().size() >= kMostSegments) return fail(Errno::enospc);
  if (pages > frame_counts().total) return fail(Errno::enomem);
  if (all_pages + pages > frame_counts().total) return fail(Errno::enospc);
  const auto segment = make_ref<SharedSegment>(segments().next_id(), key, bytes, flags);
  segments().add(segment);
  return segment->id;
}

// struct shmid64_ds.
struct SegmentStatus {
  IpcPermissions permissions;
  std::uint64_t bytes = 0;
  std::int64_t attach_time = 0, detach_time = 0, change_time = 0;
  std::int32_t creator_pid = 0, last_pid = 0;
  std::uint64_t attached = 0, unused1 = 0, unused2 = 0;
};
static_assert(sizeof(SegmentStatus) == 112);

SegmentStatus status_of(SharedSegment& segment) {
  return {.permissions = segment.permissions, .bytes = segment.bytes(), .attach_time = segment.attach_time,
          .detach_time = segment.detach_time, .change_time = segment.change_time, .creator_pid = segment.creator_pid,
          .last_pid = segment.last_pid, .attached = segment.attached()};
}

Result<std::int64_t> tell_limits(std::uint64_t address) {
  struct {
    std::uint64_t most_bytes = kMostSegmentBytes, least_bytes = 1, segments = kMostSegments, per_process = kMostSegments,
                  pages = frame_counts().total;
    std::array<std::uint64_t, 4> unused{};
  } limits;
  TRY(write_guest(address, limits));
  return segments().last_place();
}

Result<std::int64_t> tell_use(std::uint64_t address) {
  struct {
    std::int32_t used = static_cast<std::int32_t>(segments().size()), padding = 0;
    std::uint64_t pages = all_pages, resident = 0, swapped = 0, attempts = 0, successes = 0;
  } use;
  TRY(write_guest(address, use));
  return segments().last_place();
}

// SHM_STAT: the argument is a place in the table.
Result<std::int64_t> tell_place(std::int32_t place, std::uint64_t address, bool checked) {
  const Ref<SharedSegment> segment(segments().at(place));
  if (!segment) return fail(Errno::einval);
  if (checked) TRY(check_ipc_access(segment->permissions, 0444));
  TRY(write_guest(address, status_of(*segment)));
  return segment->id;
}

void remove(SharedSegment& segment) {
  segment.permissions.mode |= kDestroyed;
  segments().let_go(segment);
  segment.permissions.key = kIpcPrivate;
}

}  // namespace

std::string sysv_memory_text() {
  Text text;
  text << "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      "
          "ctime                   rss                  swap\n";
  segments().for_each([&](SharedSegment& segment) {
    put_identity(text, segment.permissions, segment.id);
    text << ' ';
    text.right(segment.bytes(), 21) << ' ';
    text.right(segment.creator_pid, 5) << ' ';
    text.right(segment.last_pid, 5) << "  ";
    text.right(segment.attached(), 5);
    put_owners(text, segment.permissions);
    for (const std::int64_t time : {segment.attach_time, segment.detach_time, segment.change_time})
      (text << ' ').right(time, 10);
    (text << ' ').right(segment.resident_pages() * kPageBytes, 21) << ' ';
    text.right(0, 21) << '\n';
  });
  return text.take();
}

Result<std::int64_t> sys_shmget(const Arguments& arguments) {
  const std::int32_t key = int32(arguments[0]);
  const auto flags = static_cast<std::uint32_t>(arguments[2]);
  if (key == kIpcPrivate) return make_segment(key, arguments[1], flags);
  SharedSegment* const found = segments().find_key(key);
  if (found == nullptr)
    return (flags & kIpcCreate) != 0 ? make_segment(key, arguments[1], flags) : fail(Errno::enoent);
  SharedSegment& segment = *found;
  if ((flags & kIpcCreate) != 0 && (flags & kIpcExclusive) != 0) return fail(Errno::eexist);
  if (arguments[1] > segment.bytes()) return fail(Errno::einval);
  TRY(check_ipc_access(segment.permissions, flags));
  return segment.id;
}

Result<std::int64_t> sys_shmat(const Arguments& arguments) {
  constexpr std::uint32_t kReadOnly = 010000, kRound = 020000, kReplace = 040000, kExecute = 0100000;
  const auto flags = static_cast<std::uint32_t>(arguments[2]);
  std::uint64_t address = arguments[1];
  if (int32(arguments[0]) < 0) return fail(Errno::einval);
  if (address % kPageBytes != 0) {
    if ((flags & kRound) == 0) return fail(Errno::einval);
    address = page_down(address);
    if (address == 0 && (flags & kReplace) != 0) return fail(Errno::einval);
  } else if (address == 0 && (flags & kReplace) != 0) {
    return fail(Errno::einval);
  }
  const Ref<SharedSegment> segment = TRY(segment_of(int32(arguments[0])));
  const bool writes = (flags & kReadOnly) == 0, executes = (flags & kExecute) != 0;
  TRY(check_ipc_access(segment->permissions, 0444u | (writes ? 0222u : 0) | (executes ? 0111u : 0)));
  AddressSpace& memory = *current_thread().memory;
  const std::uint64_t bytes = segment->page_count() * kPageBytes;
  if (address != 0) {
    if (address > kGuestLimit || bytes > kGuestLimit - address) return fail(Errno::einval);
    if (address < kLowestAddress) return fail(Errno::eperm);
    if ((flags & kReplace) == 0 && !memory.areas().free(address, address + bytes)) return fail(Errno::einval);
  } else {
    address = TRY(memory.find_room(bytes, 0));
  }
  Area area;
  area.start = address;
  area.end = address + bytes;
  area.protection = kProtRead | (writes ? kProtWrite : 0) | (executes ? kProtExecute : 0);
  area.shared = true;
  area.may_write = writes;
  area.backing = segment;
  TRY(memory.map(std::move(area)));
  segment->attach_time = ipc_time();
  segment->last_pid = current_pid();
  return static_cast<std::int64_t>(address);
}

Result<std::int64_t> sys_shmdt(const Arguments& arguments) {
  const std::uint64_t start = arguments[0];
  if (start % kPageBytes != 0) return fail(Errno::einval);
  AddressSpace& memory = *current_thread().memory;
  const Area* const first = memory.areas().find(start);
  if (first == nullptr || first->start != start || !first->backing || first->backing->segment() == nullptr ||
      first->offset_pages != 0)
    return fail(Errno::einval);
  const Ref<SharedSegment> segment(first->backing->segment());
  // Parts of it may have other rights by now, or be gone; what lies in their place stays.
  std::vector<GuestRange> parts;
  memory.areas().for_each(start, start + segment->page_count() * kPageBytes, [&](const Area& area) {
    if (area.backing.get() == segment.get() && area.start - area.offset_pages * kPageBytes == start)
      parts.push_back({area.start, area.bytes()});
  });
  for (const GuestRange& part : parts) TRY(memory.unmap(part.address, part.bytes));
  segment->detach_time = ipc_time();
  segment->last_pid = current_pid();
  return 0;
}

Result<std::int64_t> sys_shmctl(const Arguments& arguments) {
  constexpr std::int32_t kLock = 11, kUnlock = 12, kStatPlace = 13, kInfo = 14, kStatAny = 15;
  const std::int32_t id = int32(arguments[0]), command = int32(arguments[1]);
  if (id < 0 || command < 0) return fail(Errno::einval);
  switch (command) {
    case kIpcInfo: return tell_limits(arguments[2]);
    case kInfo: return tell_use(arguments[2]);
    case kStatPlace: case kStatAny: return tell_place(id, arguments[2], command == kStatPlace);
    case kIpcStat: case kIpcSet: case kIpcRemove: case kLock: case kUnlock: break;
    default: return fail(Errno::einval);
  }
  SegmentStatus wanted;
  if (command == kIpcSet) wanted = TRY(read_guest<SegmentStatus>(arguments[2]));
  const Ref<SharedSegment> segment = TRY(segment_of(id));
  if (command == kIpcStat) {
    TRY(check_ipc_access(segment->permissions, 0444));
    TRY(write_guest(arguments[2], status_of(*segment)));
    return 0;
  }
  TRY(check_ipc_owner(segment->permissions));
  switch (command) {
    case kIpcSet:
      set_permissions(segment->permissions, wanted.permissions);
      segment->change_time = ipc_time();
      break;
    case kIpcRemove: remove(*segment); break;
    // Pages never leave memory: only the mark is to be kept.
    case kLock: segment->permissions.mode |= kLocked; break;
    case kUnlock: segment->permissions.mode &= ~kLocked; break;
    default: break;
  }
  return 0;
}

}  // namespace tessera::lx
