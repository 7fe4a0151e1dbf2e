// SPDX-License-Identifier: Apache-2.0
// A core file on its way to the host: pieces in frames of the host link
// (docs/formats.md), runs of zeros as their length. One at a time; who comes
// second waits. Writing sleeps while the link is busy.
#pragma once

#include <abi/protocols/console.hpp>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tessera::lx {

class Thread;

class CoreStream {
 public:
  // `limit`: most bytes of the file; the rest is cut off, as on Linux.
  CoreStream(Thread& self, std::string_view name, std::int32_t pid, std::uint64_t limit);
  ~CoreStream();
  CoreStream(const CoreStream&) = delete;
  CoreStream& operator=(const CoreStream&) = delete;

  void data(std::span<const std::byte> bytes);
  void zeros(std::uint64_t count);
  // More would be taken: the limit is not reached, and nobody killed the thread.
  [[nodiscard]] bool open() const { return !failed_ && left_ != 0; }
  // False: the file is not whole because the thread was killed or there is no link.
  bool finish();

 private:
  enum class Piece : std::uint8_t {
    begin = protocol::console::kCoreBegin,
    data = protocol::console::kCoreData,
    zeros = protocol::console::kCoreZeros,
    end = protocol::console::kCoreEnd,
  };
  void send(Piece kind, std::span<const std::byte> content);
  void send_zeros();
  void flush();

  Thread& self_;
  std::uint64_t left_;
  std::uint64_t zeros_ = 0;          // not sent yet, behind what is in buffer_
  std::vector<std::byte> buffer_;    // not sent yet
  bool owner_ = false;
  bool failed_ = false;
};

}  // namespace tessera::lx
