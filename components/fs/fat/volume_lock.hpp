// SPDX-License-Identifier: Apache-2.0
// Who uses a volume: many that change no chains and no names, or one that does; in the order they came.
#pragma once

#include <cstdint>

#include "components/fs/try.hpp"
#include "lib/rt/signal.hpp"

namespace tessera::fs::fat {

class VolumeLock {
 public:
  enum class Mode : std::uint8_t { shared, exclusive };

  // One that holds it.
  class Held {
   public:
    Held() = default;
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { release(); }

    Io<> take(VolumeLock& lock, Mode mode) {
      const std::uint64_t mine = lock.tickets_++;
      while (mine != lock.serving_ || lock.writer_ || (mode == Mode::exclusive && lock.readers_ != 0)) {
        if (!co_await lock.moved_.wait()) co_return fail(Error::io);
      }
      ++lock.serving_;
      if (mode == Mode::exclusive) lock.writer_ = true;
      else ++lock.readers_;
      lock_ = &lock;
      mode_ = mode;
      lock.moved_.raise();
      co_return Result<void>();
    }
    void release() {
      VolumeLock* const lock = std::exchange(lock_, nullptr);
      if (lock == nullptr) return;
      if (mode_ == Mode::exclusive) lock->writer_ = false;
      else --lock->readers_;
      lock->moved_.raise();
    }

   private:
    VolumeLock* lock_ = nullptr;
    Mode mode_{};
  };

 private:
  std::uint64_t tickets_ = 0, serving_ = 0;
  std::uint32_t readers_ = 0;
  bool writer_ = false;
  rt::Signal moved_;
};

}  // namespace tessera::fs::fat
