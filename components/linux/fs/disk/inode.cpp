// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/inode.hpp"

#include <algorithm>
#include <utility>

namespace tessera::lx {

namespace {

Timespec time_of(const wire::Time& time) {
  constexpr std::uint32_t kNsPerSecond = 1'000'000'000;
  return {static_cast<std::int64_t>(time.seconds), static_cast<std::int64_t>(std::min(time.nanoseconds, kNsPerSecond - 1))};
}

wire::Time wire_time(const Timespec& time) {
  return {.seconds = static_cast<std::uint64_t>(time.seconds), .nanoseconds = static_cast<std::uint32_t>(time.nanoseconds), .zero = 0};
}

Attributes attributes_of(const wire::Attributes& from) {
  return {.mode = from.mode,
          .links = from.links,
          .uid = from.uid,
          .gid = from.gid,
          .size = from.size,
          .rdev = make_device(from.device_major, from.device_minor),
          .accessed = time_of(from.accessed),
          .modified = time_of(from.modified),
          .changed = time_of(from.changed),
          .born = time_of(from.born)};
}

}  // namespace

DiskInode::DiskInode(DiskFileSystem& file_system, const wire::Attributes& from)
    : Inode(file_system, from.inode), disk_(file_system), server_(attributes_of(from)), blocks_(from.blocks), generation_(from.generation) {
  attributes = server_;
}

DiskInode::~DiskInode() {
  disk_.forget(*this);
  if (kept_) (void)volume().let_go(number());
}

bool DiskInode::is(const wire::Attributes& from) const { return type() == (from.mode & kTypeMask) && generation_ == from.generation; }

void DiskInode::lost_number() {
  gone_ = true;
  kept_ = false;
  disk_.forget(*this);
  set_number(0);  // which a server has for nothing
}

void DiskInode::compare_with(const wire::Attributes& from) {
  server_ = attributes_of(from);
  blocks_ = from.blocks;
  stale_ = false;
}

void DiskInode::trusts(std::uint64_t session) {
  trusted_session_ = trusted_session_ == 0 ? session : std::min(trusted_session_, session);
}

void DiskInode::take(const wire::Attributes& from) {
  if (doubts()) {
    compare_with(from);
    hold();
    return;
  }
  const Attributes told = attributes_of(from);
  const auto take_one = [](auto& mine, const auto& before, const auto& now) {
    if (mine == before) mine = now;
  };
  take_one(attributes.mode, server_.mode, told.mode);
  take_one(attributes.uid, server_.uid, told.uid);
  take_one(attributes.gid, server_.gid, told.gid);
  take_one(attributes.size, server_.size, told.size);
  take_one(attributes.accessed, server_.accessed, told.accessed);
  take_one(attributes.modified, server_.modified, told.modified);
  take_one(attributes.changed, server_.changed, told.changed);
  attributes.links = told.links;
  server_ = told;
  blocks_ = from.blocks;
  stale_ = false;
}

void DiskInode::refresh() {
  if (!stale_) return;
  if (const auto told = volume().attributes(number())) take(*told);
}

void DiskInode::attributes_changed() {
  if (disk_.read_only()) return;
  hold();
}

void DiskInode::hold() {
  if (std::exchange(held_, true)) return;
  disk_.hold(*this);
}

void DiskInode::server_has(std::uint64_t size, Timespec changed) {
  server_.size = std::max(server_.size, size);
  server_.modified = server_.changed = changed;
}

Result<void> DiskInode::write_attributes() {
  if (gone_) return {};
  wire::AttributeChange change{};
  const auto note = [&change](std::uint64_t bit, bool differs) {
    if (differs) change.which |= static_cast<std::uint32_t>(bit);
  };
  note(wire::kChangeMode, attributes.mode != server_.mode);
  note(wire::kChangeUid, attributes.uid != server_.uid);
  note(wire::kChangeGid, attributes.gid != server_.gid);
  note(wire::kChangeAccessed, attributes.accessed != server_.accessed);
  note(wire::kChangeModified, attributes.modified != server_.modified);
  note(wire::kChangeChanged, attributes.changed != server_.changed);
  if (change.which == 0) return {};
  change.mode = attributes.mode;
  change.uid = attributes.uid;
  change.gid = attributes.gid;
  change.accessed = wire_time(attributes.accessed);
  change.modified = wire_time(attributes.modified);
  change.changed = wire_time(attributes.changed);
  const auto told = TRY(volume().change(number(), change));
  // That is what it has, whatever its clock makes of the times.
  const Attributes mine = attributes;
  take(told);
  server_.accessed = mine.accessed;
  server_.modified = mine.modified;
  server_.changed = mine.changed;
  attributes.accessed = mine.accessed;
  attributes.modified = mine.modified;
  attributes.changed = mine.changed;
  return {};
}

Result<void> DiskInode::sync(bool data_only, Hold hold) {
  if (disk_.read_only() || gone_) return {};
  TRY(write_back(hold));
  if (gone_) return {};  // meanwhile
  return volume().sync(number(), data_only, hold);
}

Result<void> DiskInode::change_now(const wire::AttributeChange& change) {
  take(TRY(volume().change(number(), change)));
  return {};
}

bool DiskInode::wants_keep() const {
  const bool in_use = readers != 0 || writers != 0 || executions != 0;
  const bool last = directory() || attributes.links <= 1;
  return in_use && last && !(kept_ && volume().server().sessions() == kept_session_);
}

void DiskInode::unlinked(std::uint32_t links) {
  attributes.links = links;
  attributes.changed = current_time();
  server_.changed = attributes.changed;
  if (links != 0 || kept_) return;
  // The server has forgotten it, and may use its number again.
  gone_ = true;
  disk_.forget(*this);
}

// FAT keeps whether a file may be written, by all or by nobody. As on Linux any other mode changes nothing, without a word,
// but for bits that are none of permissions.
Result<std::uint32_t> DiskInode::kept_mode(std::uint32_t mode) {
  constexpr std::uint32_t kAll = 0777, kWriting = 0222, kOwnersWriting = 0200;
  if (!disk_.fat()) return mode;
  if ((mode & ~kAll) != 0) return fail(Errno::eperm);
  const std::uint32_t now = attributes.mode & kAll, writing = mode & kWriting & ~0022u;
  if (directory() || (mode & ~kWriting & kAll) != (now & ~kWriting)) return now;
  return (now & ~kWriting) | (writing != 0 ? kOwnersWriting : 0u);
}

Result<const ExtendedAttributes*> DiskInode::extended_attributes() {
  if (extended_) return extended_.get();
  auto all = std::make_unique<ExtendedAttributes>();
  const auto names = volume().list_extended(number());
  // A file system that has none.
  if (!names && names.error() == Errno::eopnotsupp) return nullptr;
  if (!names) return fail(names.error());
  for (const std::string& name : *names) all->set(name, TRY(volume().get_extended(number(), name)));
  extended_ = std::move(all);
  return extended_.get();
}

Result<void> DiskInode::set_extended_attribute(std::string_view name, std::span<const std::byte> value, std::uint32_t flags) {
  const Timespec now = current_time();
  TRY(volume().set_extended(number(), name, value, flags, now));
  if (extended_) extended_->set(name, value);
  attributes.changed = server_.changed = now;
  return {};
}

Result<void> DiskInode::remove_extended_attribute(std::string_view name) {
  const Timespec now = current_time();
  TRY(volume().remove_extended(number(), name, now));
  if (extended_) (void)extended_->remove(name);
  attributes.changed = server_.changed = now;
  return {};
}

Result<std::string> DiskSymlink::read_link() {
  if (target_.empty()) target_ = TRY(volume().read_link(number()));
  return target_;
}

}  // namespace tessera::lx
