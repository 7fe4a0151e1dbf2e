// SPDX-License-Identifier: Apache-2.0
// Advisory locks of one inode.
#include "components/linux/fs/locks.hpp"

#include <algorithm>
#include <utility>

#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

// Which owner waits for which, over all files: what a deadlock is seen by.
struct Waiting {
  const void* owner;
  const void* holder;
};
std::vector<Waiting>& waiting() {
  static auto* list = new std::vector<Waiting>;
  return *list;
}

bool would_deadlock(const void* owner, const void* holder) {
  // Bounded like Linux's own search.
  for (int steps = 0; steps < 10; ++steps) {
    if (holder == owner) return true;
    auto found = std::ranges::find(waiting(), holder, &Waiting::owner);
    if (found == waiting().end()) return false;
    holder = found->holder;
  }
  return false;
}

bool overlap(const RecordLock& a, const RecordLock& b) { return a.start < b.end && b.start < a.end; }

}  // namespace

const RecordLock* FileLocks::conflict(const RecordLock& wanted) const {
  for (const RecordLock& held : records_) {
    if (held.owner == wanted.owner || !overlap(held, wanted)) continue;
    if (held.kind == LockKind::exclusive || wanted.kind == LockKind::exclusive) return &held;
  }
  return nullptr;
}

Result<void> FileLocks::set(const RecordLock& wanted, bool wait) {
  if (wanted.kind != LockKind::none) {
    if (const RecordLock* held = conflict(wanted); held != nullptr) {
      if (!wait) return fail(Errno::eagain);
      if (wanted.pid != -1 && would_deadlock(wanted.owner, held->owner)) return fail(Errno::edeadlk);
      // The holder at the time of falling asleep; good enough to find cycles.
      waiting().push_back({wanted.owner, held->owner});
      Ref<FileLocks> keep(this);
      auto slept = wait_until(current_thread(), waiters_, [&] { return conflict(wanted) == nullptr; });
      auto entry = std::ranges::find(waiting(), wanted.owner, &Waiting::owner);
      if (entry != waiting().end()) waiting().erase(entry);
      TRY(slept);
    }
  }
  apply(wanted);
  return {};
}

// Replaces what the owner held in the range, splitting and joining its neighbours.
void FileLocks::apply(const RecordLock& wanted) {
  std::vector<RecordLock> next;
  next.reserve(records_.size() + 2);
  RecordLock joined = wanted;
  for (const RecordLock& held : records_) {
    bool same = held.owner == wanted.owner;
    bool touches = held.start <= joined.end && joined.start <= held.end;
    if (same && held.kind == wanted.kind && touches) {
      joined.start = std::min(joined.start, held.start);
      joined.end = std::max(joined.end, held.end);
      continue;
    }
    if (!same || !overlap(held, wanted)) {
      next.push_back(held);
      continue;
    }
    RecordLock left = held, right = held;
    left.end = wanted.start;
    right.start = wanted.end;
    if (left.start < left.end) next.push_back(left);
    if (right.start < right.end) next.push_back(right);
  }
  if (wanted.kind != LockKind::none) next.push_back(joined);
  records_ = std::move(next);
  changed();
}

Result<void> FileLocks::set_whole(const File& owner, LockKind kind, bool wait) {
  // A conversion gives the old lock up first, as Linux does.
  std::erase_if(whole_, [&](const WholeLock& held) { return held.owner == &owner; });
  changed();
  if (kind == LockKind::none) return {};
  auto possible = [&] {
    return std::ranges::none_of(whole_, [&](const WholeLock& held) {
      return held.kind == LockKind::exclusive || kind == LockKind::exclusive;
    });
  };
  if (!possible()) {
    if (!wait) return fail(Errno::eagain);
    Ref<FileLocks> keep(this);
    TRY(wait_until(current_thread(), waiters_, possible));
  }
  whole_.push_back({&owner, kind});
  return {};
}

void FileLocks::release_owner(const void* owner) {
  if (std::erase_if(records_, [&](const RecordLock& held) { return held.owner == owner; }) != 0) changed();
}

void FileLocks::release_open_file(const File& file) {
  std::size_t removed = std::erase_if(whole_, [&](const WholeLock& held) { return held.owner == &file; });
  removed += std::erase_if(records_, [&](const RecordLock& held) { return held.owner == &file; });
  if (removed != 0) changed();
}

void FileLocks::changed() {
  if (!waiters_.empty()) waiters_.wake_all();
}

}  // namespace tessera::lx
