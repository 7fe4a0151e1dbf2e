// SPDX-License-Identifier: Apache-2.0
// A terminal: the line discipline N_TTY, job control and window size. Where its
// characters come from and go to is its driver's business: the host link
// (console.hpp) or the master side of a pseudo-terminal (pty.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/tty/termios.hpp"

namespace tessera::lx {

class TerminalDriver {
 public:
  // Takes as many of the bytes as it has room for.
  virtual std::size_t transmit(std::span<const std::byte> bytes) = 0;
  // The terminal has room for input again.
  virtual void input_drained() = 0;
  // No process has it open any more.
  virtual void closed() = 0;

 protected:
  ~TerminalDriver() = default;
};

class Terminal : public RefCounted {
 public:
  static constexpr std::size_t kInputRoom = 4096;

  // `device`: its number, as /proc/PID/stat shows it. The driver outlives the terminal or takes its leave by detach.
  Terminal(TerminalDriver& driver, std::uint64_t device, std::string_view name)
      : driver_(&driver), device_(device), name_(name) {}
  void detach() { driver_ = nullptr; }

  [[nodiscard]] std::uint64_t device() const { return device_; }
  [[nodiscard]] std::string_view name() const { return name_; }  // "/dev/pts/0"

  // From the driver.
  void receive(std::span<const std::byte> bytes);
  // How many more it takes; a line editor that is full still listens for control characters.
  [[nodiscard]] std::size_t input_room() const;
  void output_ready();  // the driver has room again
  void hang_up();       // the other side is gone
  void set_window(const abi::WindowSize& window);
  [[nodiscard]] bool output_pending() const { return !output_.empty(); }

  // From processes, by way of a TerminalFile.
  Result<std::size_t> read(IoBuffer& to, bool non_blocking);
  Result<std::size_t> write(IoBuffer& from, bool non_blocking);
  std::uint32_t poll(PollTable* table);
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument);
  // The part of ioctl that the master side has, too.
  Result<std::int64_t> common_ioctl(std::uint32_t request, std::uint64_t argument, bool& known);

  // Job control. The calling session leader takes it as controlling terminal if neither has one.
  void take_if_free();
  // For the first process: makes it the terminal of this session, in the foreground.
  void assign(std::int32_t session, std::int32_t group);
  // Its session leader ended (process/ calls this): SIGHUP and SIGCONT to the foreground group.
  void session_ended();
  [[nodiscard]] std::int32_t session() const { return session_; }
  [[nodiscard]] std::int32_t foreground() const { return foreground_; }
  [[nodiscard]] bool hung_up() const { return hung_up_; }

  // Open files on it.
  std::uint32_t opens = 0;
  void last_close() {
    if (driver_ != nullptr) driver_->closed();
  }

 private:
  // A character in the input buffer and what it means there.
  using Cell = std::uint16_t;
  static constexpr Cell kLineEnd = 0x100;  // ends a line
  static constexpr Cell kEndMark = 0x200;  // ends it without being part of it (EOF)
  static constexpr std::size_t kOutputRoom = 4096;

  [[nodiscard]] bool input_flag(std::uint32_t flag) const { return (termios_.input & flag) != 0; }
  [[nodiscard]] bool output_flag(std::uint32_t flag) const { return (termios_.output & flag) != 0; }
  [[nodiscard]] bool local_flag(std::uint32_t flag) const { return (termios_.local & flag) != 0; }
  [[nodiscard]] bool is(std::uint8_t c, ControlCharacter which) const {
    return c != 0 && termios_.characters[which] == c;
  }
  [[nodiscard]] Cell& cell(std::size_t index) { return input_[index % kInputRoom]; }
  [[nodiscard]] Cell cell(std::size_t index) const { return input_[index % kInputRoom]; }

  // input.cpp
  void receive_one(std::uint8_t c);
  bool receive_signal(std::uint8_t c);
  bool edit(std::uint8_t c);
  void append(std::uint8_t c, Cell flags);
  void end_line(std::uint8_t c, Cell flags);
  void send_signal(int signal, std::uint8_t c);
  void flush_input();
  void wake_readers();
  [[nodiscard]] std::size_t readable_cells() const;

  // edit.cpp
  void erase_character();
  void erase_word();
  void kill_line();
  void reprint();
  void rub_out(std::uint8_t c);
  [[nodiscard]] std::size_t tab_width_at_end() const;

  // output.cpp
  void echo(std::uint8_t c);
  void echo_control(std::uint8_t c);
  void put(std::uint8_t c);      // through output processing
  void put_raw(std::uint8_t c);
  void put_text(std::string_view text);
  void flush_output();
  void set_stopped(bool stopped);

  // read.cpp
  Result<std::size_t> read_line(IoBuffer& to, bool non_blocking);
  Result<std::size_t> read_raw(IoBuffer& to, bool non_blocking);
  std::size_t take_cells(IoBuffer& to, std::size_t most);
  Result<void> wait_for_input(std::uint64_t deadline);

  // ioctl.cpp
  Result<std::int64_t> set_termios(const abi::Termios& termios, bool drain, bool flush);
  Result<void> drain_output();
  Result<std::int64_t> job_ioctl(std::uint32_t request, std::uint64_t argument);
  Result<std::int64_t> set_foreground(std::int32_t group);
  Result<std::int64_t> take_control(bool steal);

  // job_control.cpp
  [[nodiscard]] bool controls_caller() const;
  Result<void> check_foreground(int signal);

  TerminalDriver* driver_;
  std::uint64_t device_;
  std::string name_;
  abi::Termios termios_ = default_termios();
  abi::Termios locked_termios_{};  // bits and characters that cannot be changed: TIOCSLCKTRMIOS
  abi::WindowSize window_{};

  // Free-running indices: [read_, lines_) are whole lines, [lines_, end_) is being edited.
  std::array<Cell, kInputRoom> input_{};
  std::size_t read_ = 0, lines_ = 0, end_ = 0;
  bool literal_next_ = false;
  std::size_t edit_column_ = 0;  // where the line being edited begins on the screen

  std::vector<std::byte> output_;  // processed, not yet taken by the driver
  std::size_t column_ = 0;
  bool stopped_ = false;  // by IXON
  bool hung_up_ = false;

  std::int32_t session_ = 0, foreground_ = 0;
  WaitQueue readers_, writers_;
};

class TerminalFile final : public File {
 public:
  TerminalFile(Ref<Terminal> terminal, Ref<Inode> node, std::uint32_t flags);
  ~TerminalFile() override;
  Result<std::size_t> read(IoBuffer& to, std::uint64_t& position) override;
  Result<std::size_t> write(IoBuffer& from, std::uint64_t& position) override;
  std::uint32_t poll(PollTable* table) override { return terminal_->poll(table); }
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override {
    return terminal_->ioctl(request, argument);
  }
  [[nodiscard]] Ref<Inode> inode() const override { return node_; }
  [[nodiscard]] bool drives_signals() const override { return true; }

 private:
  Ref<Terminal> terminal_;
  Ref<Inode> node_;
};

}  // namespace tessera::lx
