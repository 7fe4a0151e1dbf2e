// SPDX-License-Identifier: Apache-2.0
// Open files on their way in messages (SCM_RIGHTS). Sockets that are only held by
// messages in each other's queues would never end: they are looked for when one
// goes out of reach.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

class Packet;
class SocketFile;

// The files of one message. Counted against their sender's RLIMIT_NOFILE until received.
class Flight {
 public:
  Flight() = default;
  // ETOOMANYREFS.
  static Result<Flight> start(std::vector<Ref<File>> files);
  Flight(Flight&& other) noexcept : files_(std::move(other.files_)), uid_(other.uid_) { other.files_.clear(); }
  Flight& operator=(Flight&& other) noexcept {
    std::swap(files_, other.files_);
    std::swap(uid_, other.uid_);
    return *this;
  }
  ~Flight();
  [[nodiscard]] const std::vector<Ref<File>>& files() const { return files_; }
  [[nodiscard]] bool empty() const { return files_.empty(); }

 private:
  std::vector<Ref<File>> files_;
  std::uint32_t uid_ = 0;
};

// Destroys messages; those whose files die of it, and so on, by a loop and not by recursion.
void bury(std::deque<Packet> packets);

// Empties the queues of sockets that no process can reach. `spared` has one reference
// more than its owners: its descriptor is just being closed.
void collect_unreachable(const SocketFile* spared);

}  // namespace tessera::lx
