// SPDX-License-Identifier: Apache-2.0
// Numbers: which thread and process an id means, and which ids are taken by
// process groups and sessions. Ids are given out upwards, round at kIdLimit.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"

namespace tessera::lx {

class Thread;
class Process;

inline constexpr std::int32_t kIdLimit = 32768;

class Registry {
 public:
  // A free id; EAGAIN when there is none or too many tasks exist.
  // For a thread that begins a process, or for one more. EAGAIN when there is no room.
  Result<std::int32_t> take_id(bool begins_process);
  void release_id(std::int32_t id);  // one that was taken and never used

  void add_thread(std::int32_t tid, Thread& thread);
  void remove_thread(std::int32_t tid);
  // The number of a thread that is gone stays taken until its tracer asked.
  void keep_ended(std::int32_t tid) { entry(tid).taken = true; }
  void release_ended(std::int32_t tid) { entry(tid).taken = false; }
  void add_process(Process& process);
  void remove_process(Process& process);  // reaped
  // Moves the process to another group or session, counting both.
  void set_group(Process& process, std::int32_t group);
  void set_session(Process& process, std::int32_t session);

  [[nodiscard]] Thread* thread(std::int32_t tid) const;
  [[nodiscard]] Process* process(std::int32_t pid) const;
  [[nodiscard]] bool group_exists(std::int32_t group) const;
  // As a thread, a process, a group or a session.
  [[nodiscard]] bool in_use(std::int32_t id) const;

  template <typename Visit>
  void for_each_process(Visit visit) const {
    // By index: a visit may add or remove processes.
    for (std::size_t i = 0; i < processes_.size(); ++i) visit(*processes_[i]);
  }
  [[nodiscard]] std::size_t process_count() const { return processes_.size(); }
  [[nodiscard]] std::size_t thread_count() const { return thread_count_; }
  [[nodiscard]] std::int32_t last_id() const { return last_id_; }
  [[nodiscard]] std::size_t processes_of_user(std::uint32_t uid) const;

  // Of the nucleus' memory a process takes what this many further threads take.
  static constexpr std::size_t kProcessWeight = 10;
  [[nodiscard]] std::size_t weight() const { return thread_count_ + (kProcessWeight - 1) * leader_count_; }
  std::size_t most_weight = 40960;

  std::size_t most_threads = 4096;  // as Linux' kernel.threads-max
  Process* init = nullptr;

 private:
  struct Entry {
    Thread* thread = nullptr;
    Process* process = nullptr;
    std::uint32_t groups = 0, sessions = 0;  // processes that are in the group or session of this number
    bool taken = false;
  };
  static constexpr std::size_t kChunk = 512;
  using Chunk = std::array<Entry, kChunk>;
  Entry& entry(std::int32_t id);
  [[nodiscard]] const Entry* find(std::int32_t id) const;

  std::array<std::unique_ptr<Chunk>, kIdLimit / kChunk> chunks_;
  std::vector<Process*> processes_;  // oldest first
  std::size_t thread_count_ = 0, leader_count_ = 0;
  std::int32_t last_id_ = 0;
};

Registry& registry();

}  // namespace tessera::lx
