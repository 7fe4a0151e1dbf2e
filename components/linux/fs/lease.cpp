// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/lease.hpp"

#include <algorithm>

#include "components/linux/fs/file.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/signal_driver.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {
constexpr std::uint64_t kBreakTimeNs = 45'000'000'000;  // fs.lease-break-time
bool excludes(Lease held, bool writes) { return held == Lease::write || (held == Lease::read && writes); }
}  // namespace

Result<void> Leases::set(File& file, const Inode& inode, Lease kind) {
  const auto mine = std::ranges::find(held_, &file, &Held::file);
  if (kind == Lease::none) {
    if (mine == held_.end()) return fail(Errno::eagain);
    forget(file);
    return {};
  }
  if (kind == Lease::read && inode.writers != 0) return fail(Errno::eagain);
  if (kind == Lease::write && (inode.writers != (file.writable() ? 1u : 0u) || inode.readers != (file.writable() ? 0u : 1u)))
    return fail(Errno::eagain);
  for (const Held& other : held_) {
    if (other.file == &file) continue;
    if (kind == Lease::write || (other.breaking && other.asked == Lease::none)) return fail(Errno::eagain);
  }
  if (mine == held_.end()) {
    held_.push_back({.file = &file, .kind = kind});
    return {};
  }
  mine->kind = kind;
  mine->breaking = false;
  lowered_.wake_all();
  return {};
}

Lease Leases::held_by(const File& file) const {
  const auto mine = std::ranges::find(held_, &file, &Held::file);
  if (mine == held_.end()) return Lease::none;
  return mine->breaking ? mine->asked : mine->kind;
}

bool Leases::in_the_way(bool writes) const {
  return std::ranges::any_of(held_, [writes](const Held& held) { return excludes(held.kind, writes); });
}

void Leases::enforce() {
  const std::uint64_t now = monotonic_ns();
  for (Held& held : held_) {
    if (!held.breaking || held.until_ns > now) continue;
    held.kind = held.asked;
    held.breaking = false;
  }
  std::erase_if(held_, [](const Held& held) { return held.kind == Lease::none; });
}

std::uint64_t Leases::first_deadline() const {
  std::uint64_t first = kNoDeadline;
  for (const Held& held : held_)
    if (held.breaking) first = std::min(first, held.until_ns);
  return first;
}

Result<void> Leases::make_way(bool writes, bool wait) {
  const Ref<Leases> keep(this);
  enforce();
  if (!in_the_way(writes)) return {};
  for (Held& held : held_) {
    const Lease asked = writes ? Lease::none : Lease::read;
    if (!excludes(held.kind, writes) || (held.breaking && (held.asked == Lease::none || !writes))) continue;
    held.asked = asked;
    held.breaking = true;
    held.until_ns = monotonic_ns() + kBreakTimeNs;
    if (held.file->signal_driver != nullptr) held.file->signal_driver->tell_message();
  }
  if (!wait) return fail(Errno::eagain);
  while (in_the_way(writes)) {
    const auto waited = wait_until(current_thread(), lowered_, [&] { return !in_the_way(writes); }, first_deadline());
    if (!waited && waited.error() != Errno::etimedout) return waited;
    enforce();
  }
  return {};
}

void Leases::forget(const File& file) {
  if (std::erase_if(held_, [&](const Held& held) { return held.file == &file; }) != 0) lowered_.wake_all();
}

Result<std::int64_t> set_lease(File& file, std::int32_t descriptor, std::uint64_t kind) {
  if (kind > 2) return fail(Errno::einval);
  const Ref<Inode> inode = file.inode();
  if (!inode) return fail(Errno::einval);
  const Credentials& who = current_credentials();
  if (who.fsuid != inode->attributes.uid && who.euid != 0) return fail(Errno::eacces);
  if (inode->type() != kRegular) return fail(Errno::einval);
  if (!inode->leases) inode->leases = make_ref<Leases>();
  TRY(inode->leases->set(file, *inode, static_cast<Lease>(kind)));
  if (static_cast<Lease>(kind) != Lease::none) own_signals_of(file, descriptor);
  return 0;
}

Result<std::int64_t> get_lease(const File& file) {
  const Ref<Inode> inode = file.inode();
  if (!inode || !inode->leases) return static_cast<std::int64_t>(Lease::none);
  return static_cast<std::int64_t>(inode->leases->held_by(file));
}

Result<void> break_leases(const Inode& inode, bool writes, bool wait) {
  if (!inode.leases) [[likely]] return {};
  return inode.leases->make_way(writes, wait);
}

}  // namespace tessera::lx
