// SPDX-License-Identifier: Apache-2.0
// Bytes on their way to one of our own streams, which may be slow or gone.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>

namespace tessera::tools::run {

class Output {
 public:
  explicit Output(int stream) : stream_(stream) {}

  [[nodiscard]] std::string& queue() { return queue_; }
  [[nodiscard]] bool empty() const { return queue_.empty(); }
  // So much waits that the machine should wait too.
  [[nodiscard]] bool full() const { return queue_.size() >= kMostQueued; }
  [[nodiscard]] int stream() const { return stream_; }

  // The reader is gone: nothing is queued any more.
  [[nodiscard]] bool broken() const { return broken_; }

  // Writes a piece that a stream which poll() called writable takes without
  // blocking: the stream may be shared, so it is not ours to make non-blocking.
  void write_some() {
    const std::size_t piece = std::min(queue_.size(), kPiece);
    const ssize_t done = ::write(stream_, queue_.data(), piece);
    if (done >= 0) {
      queue_.erase(0, static_cast<std::size_t>(done));
    } else if (errno != EINTR && errno != EAGAIN) {
      broken_ = true;
      queue_.clear();
    }
  }

 private:
  static constexpr std::size_t kPiece = 4096;  // PIPE_BUF of Linux
  static constexpr std::size_t kMostQueued = 64 * 1024;
  int stream_;
  std::string queue_;
  bool broken_ = false;
};

}  // namespace tessera::tools::run
