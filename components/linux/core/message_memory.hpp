// SPDX-License-Identifier: Apache-2.0
// The bytes of messages that wait in queues: System V's, POSIX', sockets'. They lie
// in the personality's heap, which grows into its guests' memory: all together take
// at most a quarter of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/io_buffer.hpp"

namespace tessera::lx {

// One message's text; charged from when it is made until it goes.
class MessageText {
 public:
  MessageText() = default;
  // From the guest's memory. ENOMEM, EFAULT.
  static Result<MessageText> read(std::uint64_t address, std::size_t bytes);
  static Result<MessageText> take(IoBuffer& from, std::size_t bytes);
  MessageText(MessageText&& other) noexcept : bytes_(std::move(other.bytes_)), charged_(std::exchange(other.charged_, 0)) {}
  MessageText& operator=(MessageText&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(charged_, other.charged_);
    return *this;
  }
  ~MessageText();
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
  std::size_t charged_ = 0;
};

}  // namespace tessera::lx
