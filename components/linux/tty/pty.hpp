// SPDX-License-Identifier: Apache-2.0
// Pseudo-terminals: pty(7). A Pty is the driver of one Terminal; the master file
// is the other side.
#pragma once

#include <cstdint>

#include "components/linux/tty/byte_queue.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {

class Pty final : public RefCounted, public TerminalDriver {
 public:
  explicit Pty(std::uint32_t number);
  ~Pty() override;

  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] const Ref<Terminal>& terminal() const { return terminal_; }
  bool locked = true;  // until TIOCSPTLCK (unlockpt)
  [[nodiscard]] bool master_open() const { return master_open_; }
  void slave_opened() { slave_closed_ = false; }

  std::size_t transmit(std::span<const std::byte> bytes) override;
  void input_drained() override;
  void closed() override;

  Result<std::size_t> read(IoBuffer& to, bool non_blocking);
  Result<std::size_t> write(IoBuffer& from, bool non_blocking);
  std::uint32_t poll(PollTable* table);
  void close_master();

 private:
  std::uint32_t number_;
  Ref<Terminal> terminal_;
  ByteQueue output_{8192};
  bool master_open_ = true;
  bool slave_closed_ = false;  // all of its files, after one was open
  WaitQueue readers_, writers_;
};

// Opens a new pair's master side: /dev/ptmx.
Result<Ref<File>> open_pty_master(Inode& node, std::uint32_t flags);

}  // namespace tessera::lx
