// SPDX-License-Identifier: Apache-2.0
// epoll_create, epoll_ctl, epoll_wait and their later forms.
#include <limits>

#include "components/linux/event/epoll.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/time/convert.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kExclusiveMay =
    kPollIn | kPollOut | kPollError | kPollHangup | kEpollWakeUp | kEpollEdge | kEpollExclusive;

Result<std::int64_t> make_set(std::uint32_t flags) {
  if ((flags & ~kOpenCloseOnExec) != 0) return fail(Errno::einval);
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = 0600;
  auto set = make_ref<EpollSet>();
  set->path = unnamed_path("anon_inode:[eventpoll]", inode);
  return TRY(current_files().install(std::move(set), (flags & kOpenCloseOnExec) != 0));
}

Result<std::int64_t> wait_for(const Arguments& a, std::uint64_t deadline_ns, bool immediate) {
  const std::int32_t most = int32(a[2]);
  constexpr auto kMostEvents = static_cast<std::int32_t>(std::numeric_limits<std::int32_t>::max() / sizeof(EpollEvent));
  if (most <= 0 || most > kMostEvents) return fail(Errno::einval);
  const std::uint64_t bytes = static_cast<std::uint64_t>(most) * sizeof(EpollEvent);
  if (a[1] > kGuestLimit || bytes > kGuestLimit - a[1]) return fail(Errno::efault);
  const Ref<File> file = TRY(file_at(a[0]));
  EpollSet* const set = file->epoll_set();
  if (set == nullptr) return fail(Errno::einval);
  return set->wait(a[1], most, deadline_ns, immediate);
}

Result<std::int64_t> wait_milliseconds(const Arguments& a) {
  const std::int32_t timeout = int32(a[3]);
  if (timeout < 0) return wait_for(a, kNoDeadline, false);
  return wait_for(a, monotonic_ns() + static_cast<std::uint64_t>(timeout) * 1'000'000, timeout == 0);
}

}  // namespace

Result<std::int64_t> sys_epoll_create(const Arguments& a) {
  if (int32(a[0]) <= 0) return fail(Errno::einval);
  return make_set(0);
}
Result<std::int64_t> sys_epoll_create1(const Arguments& a) { return make_set(low32(a[0])); }

Result<std::int64_t> sys_epoll_ctl(const Arguments& a) {
  constexpr std::int32_t kAdd = 1, kDelete = 2, kModify = 3;
  const std::int32_t operation = int32(a[1]);
  EpollEvent event;
  if (operation != kDelete) event = TRY(read_guest<EpollEvent>(a[3]));
  const Ref<File> holder = TRY(file_at(a[0]));
  const Ref<File> file = TRY(file_at(a[2]));
  if (!file->pollable()) return fail(Errno::eperm);
  EpollSet* const set = holder->epoll_set();
  if (set == nullptr || holder == file) return fail(Errno::einval);
  if (operation != kDelete && (event.events & kEpollExclusive) != 0) {
    if (operation == kModify || file->epoll_set() != nullptr || (event.events & ~kExclusiveMay) != 0)
      return fail(Errno::einval);
  }
  switch (operation) {
    case kAdd: TRY(set->add(int32(a[2]), *file, event)); return 0;
    case kModify: TRY(set->change(int32(a[2]), *file, event)); return 0;
    case kDelete: TRY(set->remove(int32(a[2]), *file)); return 0;
    default: return fail(Errno::einval);
  }
}

Result<std::int64_t> sys_epoll_wait(const Arguments& a) { return wait_milliseconds(a); }

Result<std::int64_t> sys_epoll_pwait(const Arguments& a) {
  if (a[4] != 0) TRY(begin_temporary_mask(a[4], a[5]));
  return wait_milliseconds(a);
}

Result<std::int64_t> sys_epoll_pwait2(const Arguments& a) {
  std::uint64_t deadline = kNoDeadline;
  bool immediate = false;
  if (a[3] != 0) {
    const auto timeout = TRY(read_guest<GuestTimespec>(a[3]));
    const std::uint64_t span = TRY(ns_of(timeout));
    deadline = after(monotonic_ns(), span);
    immediate = span == 0;
  }
  if (a[4] != 0) TRY(begin_temporary_mask(a[4], a[5]));
  return wait_for(a, deadline, immediate);
}

}  // namespace tessera::lx
