// SPDX-License-Identifier: Apache-2.0
// The link to the host's `tessera` program: frames over a byte stream
// (abi/protocols/console.toml). It holds at most one frame that is under way to the host and
// takes from the stream only what its receiver has room for: back-pressure
// reaches both ends.
#pragma once

#include <abi/protocols/console.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tessera::lx {

// The channel to the console component.
class ByteStream {
 public:
  // As many as fit / are there.
  virtual std::size_t write(std::span<const std::byte> bytes) = 0;
  virtual std::size_t read(std::span<std::byte> bytes) = 0;

 protected:
  ~ByteStream() = default;
};

// What comes from the host.
class LinkReceiver {
 public:
  virtual std::size_t input_room() = 0;  // bytes of standard input that can be taken now
  virtual void input(std::span<const std::byte> bytes) = 0;
  virtual void input_ended() = 0;
  virtual void window(std::uint16_t rows, std::uint16_t columns) = 0;

 protected:
  ~LinkReceiver() = default;
};

class HostLink {
 public:
  using Kind = protocol::console::Operation;
  static constexpr std::size_t kFrameBytes = protocol::console::kMostContent;

  // `framed` false: a plain terminal line (the UART fallback), bytes as they are.
  HostLink(ByteStream& stream, LinkReceiver& receiver, bool framed)
      : stream_(stream), receiver_(receiver), framed_(framed) {}

  // Takes up to a frame's worth; 0 while an earlier frame is still under way.
  std::size_t send(Kind kind, std::span<const std::byte> bytes);
  [[nodiscard]] bool framed() const { return framed_; }
  [[nodiscard]] bool can_send() const { return sent_ == frame_.size(); }
  // Goes on sending what is under way. True when it can take more.
  bool flush();
  // Takes from the stream as long as the receiver has room.
  void pull();
  // The host sent something that is no frame: nothing more is read.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  bool pull_header();
  bool pull_payload();
  void end_frame();

  ByteStream& stream_;
  LinkReceiver& receiver_;
  bool framed_, broken_ = false, pulling_ = false;
  std::vector<std::byte> frame_;  // under way; sent_ bytes of it are gone
  std::size_t sent_ = 0;
  std::array<std::byte, sizeof(protocol::console::FrameHead)> header_{};
  std::size_t header_bytes_ = 0;
  std::size_t payload_left_ = 0;
  std::array<std::byte, sizeof(protocol::console::WindowSize)> window_{};
  std::size_t window_bytes_ = 0;
};

}  // namespace tessera::lx
