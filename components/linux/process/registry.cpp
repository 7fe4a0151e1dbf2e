// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/registry.hpp"

#include <algorithm>

#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"

namespace tessera::lx {

namespace {
// After the first round, low numbers are left to what was started at boot.
constexpr std::int32_t kFirstAgain = 300;
}  // namespace

Registry& registry() {
  static Registry instance;
  return instance;
}

Registry::Entry& Registry::entry(std::int32_t id) {
  auto& chunk = chunks_[static_cast<std::size_t>(id) / kChunk];
  if (!chunk) chunk = std::make_unique<Chunk>();
  return (*chunk)[static_cast<std::size_t>(id) % kChunk];
}

const Registry::Entry* Registry::find(std::int32_t id) const {
  if (id <= 0 || id >= kIdLimit) return nullptr;
  const auto& chunk = chunks_[static_cast<std::size_t>(id) / kChunk];
  return chunk ? &(*chunk)[static_cast<std::size_t>(id) % kChunk] : nullptr;
}

Result<std::int32_t> Registry::take_id(bool begins_process) {
  if (thread_count_ >= most_threads || weight() + (begins_process ? kProcessWeight : 1) > most_weight)
    return fail(Errno::eagain);
  for (std::int32_t tried = 0; tried < kIdLimit; ++tried) {
    last_id_ = last_id_ + 1 < kIdLimit ? last_id_ + 1 : kFirstAgain;
    Entry& candidate = entry(last_id_);
    if (candidate.taken || candidate.thread != nullptr || candidate.process != nullptr || candidate.groups != 0 ||
        candidate.sessions != 0)
      continue;
    candidate.taken = true;
    return last_id_;
  }
  return fail(Errno::eagain);
}

void Registry::release_id(std::int32_t id) { entry(id).taken = false; }

void Registry::add_thread(std::int32_t tid, Thread& thread) {
  entry(tid).thread = &thread;
  ++thread_count_;
  if (thread.process.pid == tid) ++leader_count_;
}

void Registry::remove_thread(std::int32_t tid) {
  Entry& place = entry(tid);
  if (place.thread == nullptr) return;
  if (place.thread->process.pid == tid) --leader_count_;
  place.thread = nullptr;
  if (place.process == nullptr) place.taken = false;
  --thread_count_;
}

void Registry::add_process(Process& process) {
  Entry& place = entry(process.pid);
  place.process = &process;
  place.taken = true;
  processes_.push_back(&process);
}

void Registry::remove_process(Process& process) {
  Entry& place = entry(process.pid);
  place.process = nullptr;
  place.taken = place.thread != nullptr;
  set_group(process, 0);
  set_session(process, 0);
  std::erase(processes_, &process);
}

void Registry::set_group(Process& process, std::int32_t group) {
  if (process.group != 0) --entry(process.group).groups;
  process.group = group;
  if (group != 0) ++entry(group).groups;
}

void Registry::set_session(Process& process, std::int32_t session) {
  if (process.session != 0) --entry(process.session).sessions;
  process.session = session;
  if (session != 0) ++entry(session).sessions;
}

Thread* Registry::thread(std::int32_t tid) const {
  const Entry* const place = find(tid);
  return place != nullptr ? place->thread : nullptr;
}

Process* Registry::process(std::int32_t pid) const {
  const Entry* const place = find(pid);
  return place != nullptr ? place->process : nullptr;
}

bool Registry::group_exists(std::int32_t group) const {
  const Entry* const place = find(group);
  return place != nullptr && place->groups != 0;
}

bool Registry::in_use(std::int32_t id) const {
  const Entry* const place = find(id);
  return place != nullptr && (place->taken || place->groups != 0 || place->sessions != 0);
}

std::size_t Registry::processes_of_user(std::uint32_t uid) const {
  std::size_t count = 0;
  for (const Process* const process : processes_) {
    const Thread* const thread = process->leader();
    if (thread != nullptr && thread->credentials->value.uid == uid) count += process->threads.size();
  }
  return count;
}

}  // namespace tessera::lx
