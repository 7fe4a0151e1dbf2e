// SPDX-License-Identifier: Apache-2.0
// A disk as the personality has it, whose server runs whenever somebody waits for it: the program `fs` as far as it
// needs no nucleus, over an image in memory. It may be killed at any time.
#pragma once

#include <memory>
#include <vector>

#include "components/fs/service/fs_server.hpp"
#include "components/fs/service/mounters.hpp"
#include "components/linux/fs/disk/server.hpp"
#include "tests/unit/fs/image_device.hpp"
#include "tests/unit/lib/rt/life_loop.hpp"

namespace tessera::test {

class ServedDisk {
 public:
  explicit ServedDisk(std::vector<std::byte> image);
  ServedDisk(const ServedDisk&) = delete;
  ServedDisk& operator=(const ServedDisk&) = delete;
  ~ServedDisk();

  // Once: the personality's end.
  std::unique_ptr<lx::DiskServer> connect(std::string name);
  // The server is killed where it stands; the next one has the disk as it is.
  void restart();
  // The server breaks the rules of its channel. It is started again when somebody complains.
  void scribble();
  // Whenever somebody waits, in so many turns from now on, the server is killed. 0: never again.
  void restart_after(std::size_t turns) { turns_left_ = turns; }
  // As long as it says true, whoever waits for an answer gets none.
  void hold_answers(bool hold) { held_ = hold; }
  [[nodiscard]] std::vector<std::byte>& image();
  [[nodiscard]] std::size_t restarts() const { return restarts_; }
  [[nodiscard]] std::size_t complaints() const { return complaints_; }

 private:
  struct Life;
  class Bell;
  struct alignas(4096) Region {
    std::array<std::byte, 1 << 20> bytes{};
  };
  struct Rung final : service::Peer {
    void ring() override {}
    void changed(service::PeerState) override {}
  };

  void begin(std::vector<std::byte> image);
  void forget();
  void step();

  std::unique_ptr<Region> region_ = std::make_unique<Region>();
  std::vector<std::span<std::byte>> pools_;
  std::unique_ptr<Life> life_;
  std::size_t turns_left_ = 0, restarts_ = 0, complaints_ = 0;
  bool held_ = false;
};

}  // namespace tessera::test
