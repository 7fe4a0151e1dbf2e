// SPDX-License-Identifier: Apache-2.0
// Waiting on several queues at once: what poll and select sleep on.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

class PollWaiter final : public PollTable {
 public:
  explicit PollWaiter(Thread& thread) : thread_(thread) {}
  void add(WaitQueue& queue) override;

 private:
  Thread& thread_;
  std::size_t used_ = 0;
  std::array<std::optional<WaitNode>, 8> few_;  // without the heap
  std::vector<std::unique_ptr<WaitNode>> more_;
};

}  // namespace tessera::lx
